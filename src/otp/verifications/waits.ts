import type { Store } from '../../../database/schema.js';
import { atMostEvery, type Clock, type Timer } from '../../clock.js';
import type { Changes } from '../../delivery/changes.js';
import type { Log } from '../../log.js';
import type { Verification } from './verification.js';
import type { Views } from './views.js';

/** Requests that are held until something changes; however many, one look serves them all. */
export interface Waits {
  /** Resolves when the view of it is another than `version`, or after `ms`, or when the signal aborts. */
  until(id: string, version: string, ms: number, signal: AbortSignal): Promise<void>;
  /** Something may have changed, for open pages as well. */
  notify(): void;
}

/** Other processes, and what only time changes, are seen by looking. */
const LOOK_EVERY_MS = 1_000;
const BETWEEN_LOOKS_MS = 100;
const ROWS_PER_LOOK = 200;

interface Waiting {
  id: string;
  version: string;
  end(): void;
}

export function createWaits(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  changes: Changes;
  views: Pick<Views, 'of'>;
}): Waits {
  const { store, clock, log, changes, views } = deps;
  const waiting = new Set<Waiting>();
  let timer: Timer | null = null;
  const lookSoon = atMostEvery(clock, BETWEEN_LOOKS_MS, () => {
    look().catch((error: unknown) => log.warn('held requests could not be looked after', { error }));
  });

  async function look(): Promise<void> {
    const ids = [...new Set([...waiting].map(({ id }) => id))];
    for (let from = 0; from < ids.length; from += ROWS_PER_LOOK) {
      const some = ids.slice(from, from + ROWS_PER_LOOK);
      const rows = await store.selectFrom('codes').selectAll().where('id', 'in', some).execute();
      tell(some, await views.of(rows));
    }
  }

  /** One that is gone has changed, too. */
  function tell(ids: string[], seen: Verification[]): void {
    const versions = new Map(seen.map(({ id, version }) => [id, version]));
    for (const each of waiting) {
      if (ids.includes(each.id) && versions.get(each.id) !== each.version) each.end();
    }
  }

  function lookOn(): void {
    timer = clock.after(LOOK_EVERY_MS, () => {
      lookSoon();
      if (waiting.size > 0) lookOn();
      else timer = null;
    });
  }

  changes.subscribe(() => {
    if (waiting.size > 0) lookSoon();
  });

  return {
    notify: () => changes.notify(),

    until: (id, version, ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const bound = clock.after(ms, end);
        const own: Waiting = { id, version, end };
        function end(): void {
          waiting.delete(own);
          bound.cancel();
          signal.removeEventListener('abort', end);
          resolve();
        }
        signal.addEventListener('abort', end, { once: true });
        waiting.add(own);
        // It may have changed since it was seen.
        lookSoon();
        if (timer === null) lookOn();
      }),
  };
}
