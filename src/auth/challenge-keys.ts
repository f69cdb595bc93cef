import type { Contract } from '../../database/schema.js';
import type { ChallengeKey } from './codes/challenge-rows.js';

/** @param contact the contact to be proven, in the form of `ContactKeys.of`. */
export function registering(contract: Contract, contact: string): ChallengeKey {
  return { contract, purpose: 'register', subject: contact };
}

/** @param subject the account's id. */
export function signingIn(contract: Contract, subject: string): ChallengeKey {
  return { contract, purpose: 'login', subject };
}
