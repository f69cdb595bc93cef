import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { randomBytesPooled } from './random.js';

/** Encryption at rest: a sealed value can only be read with the same key, label and context. */
export interface Sealer {
  /** AES-256-GCM; `context` (a row's id, say) is authenticated, so a value moved to another row does not open. */
  seal(plain: string, context: string): string;
  /** Throws `SealBroken` for a wrong key, a changed value or another context. */
  open(sealed: string, context: string): string;
}

export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param encryptionKey 32 bytes as 64 hex digits; each label gets a key of its own (HKDF-SHA256). */
export function createSealer(encryptionKey: string, label: string): Sealer {
  const key = deriveKey(encryptionKey, `seal:${label}`);
  return {
    seal(plain, context) {
      const iv = randomBytesPooled(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, context) {
      try {
        const bytes = Buffer.from(sealed, 'base64');
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const body = bytes.subarray(IV_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        // The cause would quote nothing useful, and a seal must not say how it broke.
        throw new SealBroken(`A stored value (${label}) cannot be read with this ENCRYPTION_KEY.`);
      }
    },
  };
}

/** HMAC-SHA256 in hex under a key of its own: equal inputs can be matched, but not recovered. */
export function createKeyedHash(encryptionKey: string, label: string): (input: string) => string {
  const key = deriveKey(encryptionKey, `hash:${label}`);
  return (input) => createHmac('sha256', key).update(input).digest('hex');
}

function deriveKey(encryptionKey: string, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(encryptionKey, 'hex'), '', info, 32));
}
