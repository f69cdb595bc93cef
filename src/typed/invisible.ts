/** Bidi marks, byte order marks, joiners, variation selectors, tags, fillers: nobody types them on purpose. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Something that can be seen by itself. U+2800 is a Braille cell without dots. */
const VISIBLE = /[^\p{Cf}\p{Default_Ignorable_Code_Point}\p{Z}\p{Cc}\u2800]/u;

export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Left out: not there, null, or a text with nothing to see in it. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && !VISIBLE.test(value));
}
