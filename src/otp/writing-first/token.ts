import type { KeyedHash } from '../../sealing.js';

/** Letters and digits that nobody takes for others: no 0, O, 1, I, L. */
export const TOKEN_LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const HALF = 5;
/** How long a token is without its dash. Of its 4.9e14 forms (48.8 bits) no half is a word or a number. */
export const TOKEN_LENGTH = 2 * HALF;
/** The bytes below this divide evenly among the letters. */
const EVEN = 256 - (256 % TOKEN_LETTERS.length);

/** Whether a token can have this as its first or second half. */
export function isHalf(text: string): boolean {
  return /^[A-HJ-KM-NP-Z2-9]{5}$/.test(text) && /[2-9]/.test(text) && /[A-Z]/.test(text);
}

/** Whether it has the form of a token, without its dash. */
export function isToken(text: string): boolean {
  return text.length === TOKEN_LENGTH && isHalf(text.slice(0, HALF)) && isHalf(text.slice(HALF));
}

/**
 * The token of this name: the same one whenever it is asked for, and known to nobody without the key.
 * @param hash HMAC-SHA256 in hex, as `KeyedHash`.
 */
export function tokenOf(hash: (input: string) => string, name: string): string {
  const halves: string[] = [];
  let half = '';
  for (let block = 0; halves.length < 2; block++) {
    for (const byte of Buffer.from(hash(`${name}/${block}`), 'hex')) {
      if (byte >= EVEN || halves.length === 2) continue;
      half += TOKEN_LETTERS[byte % TOKEN_LETTERS.length];
      if (half.length < HALF) continue;
      if (isHalf(half)) halves.push(half);
      half = '';
    }
  }
  return halves.join('');
}

/** As it stands in a text: `K7QM4-XW2P9`. */
export function shownToken(token: string): string {
  return `${token.slice(0, HALF)}-${token.slice(HALF)}`;
}

/** What is stored of a token: under the present key, then under the key of before. */
export function storedToken(hash: KeyedHash, token: string): string[] {
  return hash.all(`token ${token}`);
}

/** The token of this name whose hash is stored, under whichever key it was made; null: of neither. */
export function tokenBehind(hash: KeyedHash, name: string, stored: string): string | null {
  const keys = hash.all('').length;
  for (let key = 0; key < keys; key++) {
    const token = tokenOf((input) => hash.all(input)[key] ?? '', name);
    if (storedToken(hash, token).includes(stored)) return token;
  }
  return null;
}
