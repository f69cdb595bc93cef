import type { KeyedHash } from '../../sealing.js';
import type { ChallengeKey } from './challenge-rows.js';

/** @param sentTo the contact, in the form of `contactKey`. @param id of the code. */
type OfCode<Result> = (key: ChallengeKey, sentTo: string, id: string, code: string) => Result;

export interface CodeHash {
  /** To be stored. */
  of: OfCode<string>;
  /** What may be stored: as `KeyedHash.all`. */
  all: OfCode<string[]>;
}

/**
 * Hashes a code with everything that it belongs to: the account, or the contact of a registration in its own spelling,
 * because WhatsApp may say only later whose that is.
 */
export function createCodeHash(keyedHash: KeyedHash): CodeHash {
  const input: OfCode<string> = ({ contract, purpose, subject }, sentTo, id, code) =>
    [contract, purpose, purpose === 'register' ? sentTo : subject, id, code].join('\n');
  return {
    of: (...code) => keyedHash(input(...code)),
    all: (...code) => keyedHash.all(input(...code)),
  };
}
