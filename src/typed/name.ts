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
