import type { ChallengeKey } from './challenge-rows.js';

/** @param sentTo the contact, in the form of `contactKey`. @param id of the code. */
export type CodeHash = (key: ChallengeKey, sentTo: string, id: string, code: string) => string;

/**
 * Hashes a code with everything that it belongs to: the account, or the contact of a registration in its own spelling,
 * because WhatsApp may say only later whose that is.
 */
export function createCodeHash(keyedHash: (input: string) => string): CodeHash {
  return ({ contract, purpose, subject }, sentTo, id, code) =>
    keyedHash([contract, purpose, purpose === 'register' ? sentTo : subject, id, code].join('\n'));
}
