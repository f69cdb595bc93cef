import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Log } from '../../log.js';
import { typedTemplate } from '../../typed/message-template.js';
import { parseLocale } from './languages.js';

/** For everybody whose language the caller did not name. */
export const ANY = '*';
/** Of one caller. */
const MAX_TEXTS = 50;
/** What another process changed is used after this time, or with the next code after it. */
const REMEMBERED_MS = 2_000;

export interface OwnText {
  /** A language tag, or `ANY`. */
  locale: string;
  /** With the places code, minutes, seconds, app and action. */
  template: string;
  /** Unix ms. */
  changedAt: number;
}

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

export async function ownTextsOf(store: Store, caller: string): Promise<OwnText[]> {
  const rows = await store
    .selectFrom('own_texts')
    .selectAll()
    .where('caller', '=', caller)
    .orderBy('locale')
    .execute();
  return rows.map(({ locale, template, changed_at: changedAt }) => ({ locale, template, changedAt }));
}

/**
 * Sets one, or removes it, if the template is empty. Resolves with its locale as it is written; rejects with bad_request,
 * whose message begins with what is wrong.
 */
export async function writeOwnText(
  trx: Store,
  {
    caller,
    locale: typed,
    template: text,
    now,
  }: { caller: string; locale: string; template: string; now: number },
): Promise<string> {
  const locale = typed === ANY ? ANY : parseLocale(typed);
  if (locale === null) throw wrong('The language must be a tag like en, pt-BR or ar, or * for all others.');
  if (text.trim() === '') {
    await trx.deleteFrom('own_texts').where('caller', '=', caller).where('locale', '=', locale).execute();
    return locale;
  }
  const read = typedTemplate(text, ['app', 'action']);
  if ('problem' in read) throw wrong(`The text ${read.problem}.`);
  const { template } = read;
  await trx
    .insertInto('own_texts')
    .values({ caller, locale, template, changed_at: now })
    .onConflict((conflict) =>
      conflict.columns(['caller', 'locale']).doUpdateSet({ template, changed_at: now }),
    )
    .execute();
  const { count } = await trx
    .selectFrom('own_texts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('caller', '=', caller)
    .executeTakeFirstOrThrow();
  if (Number(count) > MAX_TEXTS) throw wrong(`A caller has at most ${MAX_TEXTS} texts of its own.`);
  return locale;
}

function wrong(message: string): AppError {
  return new AppError('bad_request', message);
}
