import { isBlank } from './invisible.js';

const JOINED = String.raw`[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]`;
/** A joiner that joins nothing. After a mark (a virama) it shapes the end of a word. */
const IDLE_JOINER = new RegExp(
  String.raw`(?<!${JOINED})[\u200c\u200d]|(?<!\p{M})[\u200c\u200d](?!${JOINED})`,
  'gu',
);

/**
 * A name or another text for people: NFC, trimmed, empty when nothing is visible. Joiners between letters belong to the
 * spelling of Persian, Hindi and others; all other format characters are removed.
 */
export function typedName(text: string): string {
  if (isBlank(text)) return '';
  return text
    .normalize('NFC')
    .replace(/[^\P{Cf}\u200c\u200d]/gu, '')
    .replace(/([\u200c\u200d])[\u200c\u200d]+/g, '$1')
    .replace(IDLE_JOINER, '')
    .trim();
}

/** Line breaks, private use, and what Unicode has not assigned: no part of anybody's name. */
const UNFIT = /[\n\r\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u;
/** More marks than any script puts on one letter; such piles run over the lines of a page above and below. */
const PILE = /(?:\p{M}[\u200c\u200d]?){6}/u;
const SPOKEN = /[\p{L}\p{N}]/u;

/** Whether a text that `typedName` made can be a person's name: it can be said, and is no link. */
export function isName(text: string): boolean {
  return SPOKEN.test(text) && !UNFIT.test(text) && !PILE.test(text) && !text.includes('://');
}
