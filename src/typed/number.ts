import { withoutInvisible } from './invisible.js';

/** What people put between digits: spaces, dashes, dots, brackets, slashes, tildes, in the forms of other keyboards as well. */
const SEPARATORS =
  /[\s\p{Z}\p{Pd}\u02d7\u2043\u2212\u30fc.\u00b7\u2024\uff0e()[\]\uff08\uff09\uff3b\uff3d/\u2044\u2215\uff0f~\uff5e]/gu;
const DIGIT = /\p{Nd}/u;
const PLAIN = /^\+?\d+$/;

/** A phone number or a code as digits, perhaps after a plus; any other characters are kept, for the caller to refuse. */
export function typedNumber(text: string): string {
  if (PLAIN.test(text)) return text;
  return asciiDigits(text)
    .replace(SEPARATORS, '')
    .replace(/[\ufe62\uff0b]/g, '+');
}

/** The decimal digits of every script as 0 to 9, and nothing invisible. */
function asciiDigits(text: string): string {
  return withoutInvisible(text).replace(/[^\P{Nd}0-9]/gu, (digit) => {
    // In Unicode the ten digits of a script form a row, zero first; such rows may follow one another.
    const at = digit.codePointAt(0) ?? 0;
    let first = at;
    while (DIGIT.test(String.fromCodePoint(first - 1))) first--;
    return String((at - first) % 10);
  });
}
