import { hash } from 'node:crypto';
import { randomBytesPooled } from '../random.js';

/**
 * `wotp_<id>_<secret><checksum>`: 8, 30 and 6 of 0-9A-Za-z, the checksum being the CRC-32 of the secret. A mistyped
 * key is recognised without a look-up, secret scanners find leaked keys, and a double click selects a whole one.
 */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 8;
const SECRET_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
const API_KEY = /^wotp_([0-9A-Za-z]{8})_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;
/** Bytes from here on would make some characters more likely than others. */
const FIRST_UNFAIR_BYTE = 256 - (256 % ALPHABET.length);

export interface NewApiKey {
  id: string;
  /** The whole key, as the caller sends it. */
  key: string;
}

/** @param id of the key that gets a new secret. */
export function newApiKey(id = randomText(ID_LENGTH)): NewApiKey {
  const secret = randomText(SECRET_LENGTH);
  return { id, key: `wotp_${id}_${secret}${checksumOf(secret)}` };
}

/** The id of a key that is well formed, or null. */
export function idOfApiKey(text: string): string | null {
  const [, id, secret, checksum] = API_KEY.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  return checksumOf(secret) === checksum ? id : null;
}

/** The stored hash of a key. A secret of 178 bits needs no slow hash. */
export function hashOfKey(text: string): Buffer {
  // Node passes headers byte for byte, as latin1.
  return hash('sha256', Buffer.from(text, 'latin1'), 'buffer');
}

export function checksumOf(secret: string): string {
  let rest = crc32(Buffer.from(secret));
  let text = '';
  while (text.length < CHECKSUM_LENGTH) {
    text = (ALPHABET[rest % ALPHABET.length] ?? '') + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

/** As in zlib; Node has it from 20.15 on. */
function crc32(bytes: Uint8Array): number {
  let rest = ~0;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (0xedb88320 & -(rest & 1));
  }
  return ~rest >>> 0;
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytesPooled(length)) {
      if (byte < FIRST_UNFAIR_BYTE && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
