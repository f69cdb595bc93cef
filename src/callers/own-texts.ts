import type { Store } from '../../database/schema.js';
import { AppError } from '../errors.js';
import { ANY_LOCALE, parseLocale } from '../typed/locale.js';
import { typedTemplate } from '../typed/message-template.js';

/** Of one caller. */
const MAX_TEXTS = 50;

/** A text that a caller sends its codes with. */
export interface OwnText {
  /** A language tag, or `ANY_LOCALE`. */
  locale: string;
  /** With the places code, minutes, seconds, app and action. */
  template: string;
}

/** What was typed, read; an empty template removes the text. Throws bad_request, with what is wrong. */
export function readOwnText(typed: { locale: unknown; template: unknown }): OwnText {
  const given = typeof typed.locale === 'string' ? typed.locale.trim() : '';
  const locale = given === ANY_LOCALE ? ANY_LOCALE : parseLocale(given);
  if (locale === null) throw wrong('The language must be a tag like en, pt-BR or ar, or * for all others.');
  const text = typeof typed.template === 'string' ? typed.template.trim() : '';
  if (text === '') return { locale, template: '' };
  const read = typedTemplate(text, ['app', 'action']);
  if ('problem' in read) throw wrong(`The text ${read.problem}.`);
  return { locale, template: read.template };
}

export async function listOwnTexts(store: Store, caller: string): Promise<OwnText[]> {
  return await store
    .selectFrom('own_texts')
    .select(['locale', 'template'])
    .where('caller', '=', caller)
    .orderBy('locale')
    .execute();
}

/** Rejects with bad_request when there are too many. */
export async function writeOwnText(
  trx: Store,
  caller: string,
  { locale, template }: OwnText,
  now: number,
): Promise<void> {
  if (template === '') {
    await trx.deleteFrom('own_texts').where('caller', '=', caller).where('locale', '=', locale).execute();
    return;
  }
  await trx
    .insertInto('own_texts')
    .values({ caller, locale, template, changed_at: now })
    .onConflict((conflict) =>
      conflict.columns(['caller', 'locale']).doUpdateSet({ template, changed_at: now }),
    )
    .execute();
  const { length } = await listOwnTexts(trx, caller);
  if (length > MAX_TEXTS) throw wrong(`A key has at most ${MAX_TEXTS} texts of its own.`);
}

function wrong(message: string): AppError {
  return new AppError('bad_request', message);
}
