/** How a contact list, a chat or a word processor hands text on: between marks that nobody sees. */
export const pasted = (text: string) => `\u202a\ufeff${text}\u200b\u202c`;

/** In the digits of another script: zero is U+0660 in Arabic, U+FF10 in full width. */
export const inDigits = (zero: number, text: string) =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

export const inArabic = (text: string) => inDigits(0x0660, text);
export const inFullWidth = (text: string) => inDigits(0xff10, text.replace('+', '\uff0b'));

/** Ways to type a code or a number, which all mean the same. */
export const SPELLINGS: ((digits: string) => string)[] = [
  pasted,
  inArabic,
  inFullWidth,
  (digits) => digits.replace(/...(?=.)/g, '$& '),
  (digits) => digits.replace(/..(?=.)/g, '$&\u2011'),
  (digits) => `${digits.slice(0, -2)}\u00a0\u2013\u00a0${digits.slice(-2)}\n`,
];

/** What may stand in a field that is left blank. */
export const BLANKS: [name: string, value: unknown][] = [
  ['null', null],
  ['nothing', ''],
  ['white space', ' \u00a0\n'],
  ['marks that nobody sees', '\u200b\u202a\u202c\ufeff'],
];
