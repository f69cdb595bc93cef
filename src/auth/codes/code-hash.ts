import type { ChallengeKey } from './challenge-rows.js';

/** @param sentTo the contact, as `contactKey` has it. @param id of the challenge. */
export type CodeHash = (key: ChallengeKey, sentTo: string, id: string, code: string) => string;

/**
 * Of a code and all that it belongs to: the account, or the contact of a registration as it is written, for WhatsApp may
 * yet say whose that is.
 */
export function createCodeHash(keyedHash: (input: string) => string): CodeHash {
  return ({ contract, purpose, subject }, sentTo, id, code) =>
    keyedHash([contract, purpose, purpose === 'register' ? sentTo : subject, id, code].join('\n'));
}
