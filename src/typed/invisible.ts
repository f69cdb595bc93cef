/** Bidi marks, byte order marks, joiners, variation selectors, tags, fillers: never typed on purpose. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** A character that is visible by itself. U+2800 is a Braille cell without dots. */
const VISIBLE = /[^\p{Cf}\p{Default_Ignorable_Code_Point}\p{Z}\p{Cc}\u2800]/u;

export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Whether a value was left out: missing, null, or a text without visible characters. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && !VISIBLE.test(value));
}
