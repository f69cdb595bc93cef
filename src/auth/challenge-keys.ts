import type { Contract } from '../../database/schema.js';
import type { ChallengeKey } from './codes/challenge-rows.js';

/** @param contact whose owner is to be proven, as `ContactKeys.of` has it. */
export function registering(contract: Contract, contact: string): ChallengeKey {
  return { contract, purpose: 'register', subject: contact };
}

/** @param subject the account's id. */
export function signingIn(contract: Contract, subject: string): ChallengeKey {
  return { contract, purpose: 'login', subject };
}
