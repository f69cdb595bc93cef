import type { UserRow } from '../../../database/schema.js';

/** An account whose owner has just been authenticated. Only `Door.complete` turns it into a user and a token. */
export interface ProvenAccount {
  id: string;
  /** Goes up when all tokens of the account are revoked, which also invalidates earlier proofs. */
  epoch: number;
  /** The account requires a code after the password, which has not been given yet. */
  needsSecondStep: boolean;
  by: Proof;
}

/** What somebody has proven to be the owner with. */
export type Proof = 'password' | 'code' | 'password and code' | 'google';

export function provenInOneStep(row: UserRow, by: Proof): ProvenAccount {
  return { id: row.id, epoch: row.token_epoch, needsSecondStep: row.two_factor_at !== null, by };
}

/** By the code that followed the password. */
export function provenInTwoSteps(row: UserRow): ProvenAccount {
  return { id: row.id, epoch: row.token_epoch, needsSecondStep: false, by: 'password and code' };
}
