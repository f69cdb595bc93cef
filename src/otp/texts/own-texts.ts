import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';

/** What another process changed is used after this time, or with the next code after it. */
const REMEMBERED_MS = 2_000;

/** The texts that callers have written themselves. */
export interface OwnTexts {
  /** Reads them all; what is known until then is what was read last. */
  load(): Promise<void>;
  /** By locale, without waiting for the store. */
  of(caller: string): ReadonlyMap<string, string>;
}

export function createOwnTexts({ store, clock, log }: { store: Store; clock: Clock; log: Log }): OwnTexts {
  let known = new Map<string, Map<string, string>>();
  let readAt = -Infinity;
  const nothing: ReadonlyMap<string, string> = new Map();

  async function load(): Promise<void> {
    readAt = clock.elapsed();
    const rows = await store.selectFrom('own_texts').select(['caller', 'locale', 'template']).execute();
    const read = new Map<string, Map<string, string>>();
    for (const { caller, locale, template } of rows) {
      const texts = read.get(caller) ?? new Map<string, string>();
      read.set(caller, texts.set(locale, template));
    }
    known = read;
  }

  return {
    load,
    of(caller) {
      if (clock.elapsed() - readAt >= REMEMBERED_MS) {
        load().catch((error: unknown) => log.warn("callers' own texts could not be read again", { error }));
      }
      return known.get(caller) ?? nothing;
    },
  };
}
