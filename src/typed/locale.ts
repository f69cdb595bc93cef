/** The longest that RFC 5646 (4.4.1) recommends to make room for. */
const MAX_LENGTH = 35;

/** A language tag as BCP 47 writes it (`pt-BR` for `PT-br`); null for what is none. */
export function parseLocale(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  try {
    return new Intl.Locale(text).baseName;
  } catch {
    return null;
  }
}

/** Where texts are kept by language: for everybody whose language nobody named. */
export const ANY_LOCALE = '*';
