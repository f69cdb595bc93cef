import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { randomBytesPooled } from './random.js';

/** Encryption at rest: a sealed value can only be read with the same key, label and context. */
export interface Sealer {
  /** AES-256-GCM; `context` (a row's id, say) is authenticated, so a value moved to another row does not open. */
  seal(plain: string, context: string): string;
  /** Throws `SealBroken` for a wrong key, a changed value or another context. The key of before is tried, too. */
  open(sealed: string, context: string): string;
  /** The value under the present key; null: it is already. Throws like `open`. */
  renew(sealed: string, context: string): string | null;
}

/** HMAC-SHA256 in hex under a key of its own: equal inputs can be matched, but not recovered. */
export interface KeyedHash {
  (input: string): string;
  /** What may be stored for the input: under the present key, then under the key of before, if there is one. */
  all(input: string): string[];
}

/** What the encryption key is for: each label gets a key of its own (HKDF-SHA256). */
export interface Sealing {
  sealer(label: string): Sealer;
  hash(label: string): KeyedHash;
}

export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @param encryptionKey 32 bytes as 64 hex digits.
 * @param previous what was used before, while it is being replaced.
 */
export function createSealing(encryptionKey: string, previous: string | null): Sealing {
  return {
    sealer: (label) => createSealer(encryptionKey, label, previous),
    hash: (label) => createKeyedHash(encryptionKey, label, previous),
  };
}

export function createSealer(encryptionKey: string, label: string, previous: string | null = null): Sealer {
  const key = deriveKey(encryptionKey, `seal:${label}`);
  const former = previous === null ? null : deriveKey(previous, `seal:${label}`);

  function seal(plain: string, context: string): string {
    const iv = randomBytesPooled(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
  }

  function opened(sealed: string, context: string): { plain: string; isPresent: boolean } {
    const bytes = Buffer.from(sealed, 'base64');
    const plain = decrypted(bytes, key, context);
    if (plain !== null) return { plain, isPresent: true };
    const before = former && decrypted(bytes, former, context);
    if (before !== null) return { plain: before, isPresent: false };
    throw new SealBroken(`A stored value (${label}) cannot be read with this ENCRYPTION_KEY.`);
  }

  return {
    seal,
    open: (sealed, context) => opened(sealed, context).plain,
    renew(sealed, context) {
      const { plain, isPresent } = opened(sealed, context);
      return isPresent ? null : seal(plain, context);
    },
  };
}

/** Null: it does not open. The cause would quote nothing useful, and a seal must not say how it broke. */
function decrypted(bytes: Buffer, key: Buffer, context: string): string | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = bytes.subarray(IV_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

export function createKeyedHash(
  encryptionKey: string,
  label: string,
  previous: string | null = null,
): KeyedHash {
  const hashUnder = (encryption: string) => {
    const key = deriveKey(encryption, `hash:${label}`);
    return (input: string) => createHmac('sha256', key).update(input).digest('hex');
  };
  const present = hashUnder(encryptionKey);
  const all = previous === null ? [present] : [present, hashUnder(previous)];
  return Object.assign((input: string) => present(input), {
    all: (input: string) => all.map((hash) => hash(input)),
  });
}

function deriveKey(encryptionKey: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(encryptionKey, 'hex'), '', info, 32));
}
