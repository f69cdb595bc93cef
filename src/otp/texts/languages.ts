import { parseLocale } from '../../typed/locale.js';

export { parseLocale };

/** The languages in which this server speaks to people, by their ISO 639-1 codes. */
export const LANGUAGES = ['en', 'ar', 'es', 'pt', 'id', 'hi', 'fr', 'de'] as const;

export type Language = (typeof LANGUAGES)[number];

/** `pt` for `pt-BR`; null for what is no language tag (BCP 47), or one of a language that is not spoken here. */
export function languageOf(locale: string): Language | null {
  const language = parseLocale(locale)?.split('-')[0];
  return LANGUAGES.find((known) => known === language) ?? null;
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;

/** What somebody else wrote, so that its direction does not disturb the sentence around it (UAX 9, 2.7). */
export function isolated(text: string, language: Language): string {
  if (directionOf(language) === 'ltr' && !RIGHT_TO_LEFT.test(text)) return text;
  return `${FIRST_STRONG_ISOLATE}${text}${POP_ISOLATE}`;
}
