import type { UserRow } from '../../../database/schema.js';

/** An account whose owner has just proven to be it. Only `Door.complete` tells who it is and makes a token for it. */
export interface ProvenAccount {
  id: string;
  /** Goes up when all tokens of the account end: a proof from before is worth nothing then. */
  epoch: number;
  /** The account asks for a code after the password, which was not given yet. */
  needsSecondStep: boolean;
}

/** By a password, a code, or another sign-in. */
export function provenInOneStep(row: UserRow): ProvenAccount {
  return { id: row.id, epoch: row.token_epoch, needsSecondStep: row.two_factor_at !== null };
}

/** By the code that followed the password. */
export function provenInTwoSteps(row: UserRow): ProvenAccount {
  return { id: row.id, epoch: row.token_epoch, needsSecondStep: false };
}
