import { randomBytesPooled } from '../../random.js';
import { sameBytes } from '../../same-bytes.js';
import type { KeyedHash } from '../../sealing.js';
import type { WhichByContact } from './verification.js';

/** What a verification is known by, without being stored in clear. */
export interface Secrets {
  /** Whose turn it is: the same for the same caller, person, action and client. The present one first. */
  slotsOf(which: WhichByContact): string[];
  hashOf(id: string, code: string): string;
  /** In a time that does not tell where they differ. */
  isCode(id: string, code: string, stored: string): boolean;
}

const ID_BYTES = 16;

export function newVerificationId(): string {
  return `ver_${randomBytesPooled(ID_BYTES).toString('base64url')}`;
}

export function isVerificationId(text: unknown): text is string {
  return typeof text === 'string' && /^ver_[\w-]{22}$/.test(text);
}

/** @param personOf as `Persons.personOf`: every spelling of a number is one person. */
export function createSecrets(deps: { hash: KeyedHash; personOf(phone: string): string }): Secrets {
  const { hash, personOf } = deps;
  const ofCode = (id: string, code: string) => JSON.stringify(['code', id, code]);

  return {
    slotsOf({ caller, contact: { kind, value }, action, client }) {
      const people = new Set(kind === 'phone' ? [personOf(value), value] : [value]);
      return [...people].flatMap((person) =>
        hash.all(JSON.stringify(['slot', caller, person, action, client])),
      );
    },
    hashOf: (id, code) => hash(ofCode(id, code)),
    isCode: (id, code, stored) =>
      hash.all(ofCode(id, code)).some((each) => sameBytes(Buffer.from(each), Buffer.from(stored))),
  };
}
