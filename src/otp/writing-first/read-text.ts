import { typedNumber } from '../../typed/number.js';
import { isHalf, isToken, TOKEN_LENGTH } from './token.js';

/** What a text means that somebody has sent to one of our numbers. */
export type Reading =
  /** As `Link.text` has it, without its dash. */
  | { kind: 'token'; token: string }
  /** It was not me. */
  | { kind: 'no' }
  /** Send me nothing more. */
  | { kind: 'stop' }
  | { kind: 'other' };

/** In every language at once: people answer in theirs, whatever they were written to in. */
const NO = wordsIn(`no nope لا كلا não nao tidak nggak gak bukan नहीं नही nahi nahin non nein`);
const STOP = wordsIn(
  `stop unsubscribe توقف قف إيقاف ايقاف الغاء إلغاء alto parar pare para detener baja sair cancelar
  berhenti setop hentikan बंद रोकें रुको रोको band arrêt arrêter arret arreter stopp abmelden aufhören aufhoeren`,
);

/** Nobody's draft is longer; a text that is costs no more than a look at its length. */
const MAX_LENGTH = 1_000;
const LONGEST_WORD = 12;

/** Reads a text, whatever keyboards and apps have made of a draft: other cases, blanks, dashes, words around the token. */
export function readText(text: string): Reading {
  if (text.length > MAX_LENGTH) return { kind: 'other' };
  const word = wordOf(text);
  if (word.length <= LONGEST_WORD) {
    if (NO.has(word)) return { kind: 'no' };
    if (STOP.has(word)) return { kind: 'stop' };
  }
  const token = tokenIn(text);
  return token === null ? { kind: 'other' } : { kind: 'token', token };
}

/** The one token in a text; null: none, or more than one. */
function tokenIn(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, typedNumber)
    .replace(/[\p{Cf}\u00ad]/gu, '')
    .toUpperCase();
  // What may stand inside of a token, and what surely ends one.
  const phrases = plain.replace(/[\s\p{Z}\p{Pd}\u2212_]+/gu, ' ').split(/[^A-Z0-9 ]+/u);
  const found = new Set(
    phrases.flatMap((phrase) => tokensIn(phrase.split(' ').filter((piece) => piece !== ''))),
  );
  const [token, ...others] = found;
  return token === undefined || others.length > 0 ? null : token;
}

/** Pieces in a row that make a token together. Those that keep its halves whole are meant, if there are any. */
function tokensIn(pieces: string[]): string[] {
  const whole: string[] = [];
  const torn: string[] = [];
  for (let at = 0; at < pieces.length; at++) {
    const [first = '', second = ''] = pieces.slice(at);
    if (isToken(first)) whole.push(first);
    else if (isHalf(first) && isHalf(second)) {
      whole.push(first + second);
      // Its second half does not begin another one.
      at++;
    } else torn.push(...tornAt(pieces.slice(at)));
  }
  return whole.length > 0 ? whole : torn;
}

function tornAt(pieces: string[]): string[] {
  let joined = '';
  for (const piece of pieces) {
    joined += piece;
    if (joined.length >= TOKEN_LENGTH) break;
  }
  return isToken(joined) ? [joined] : [];
}

/** A text that is only one word, however it is written: punctuation, pictures and signs around it do not count. */
function wordOf(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{Nd}\s]|\p{Cf}|[\u064b-\u0652\u0640]/gu, '')
    .trim();
}

function wordsIn(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/).map(wordOf));
}
