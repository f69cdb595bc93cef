import { randomUUID } from 'node:crypto';
import type { Contract, Store } from '../../../database/schema.js';
import type { Proof } from '../accounts/proven.js';

/** One of the last sign-ins of an account. */
export interface SignInEntry {
  /** Unix ms. */
  at: number;
  contract: Contract;
  proof: Proof;
  address: string;
}

/** Of each account, this many are kept. */
const KEPT = 10;

export async function noteSignIn(trx: Store, userId: string, entry: SignInEntry): Promise<void> {
  await trx
    .insertInto('sign_ins')
    .values({ id: randomUUID(), user_id: userId, ...entry })
    .execute();
  await trx
    .deleteFrom('sign_ins')
    .where('user_id', '=', userId)
    .where('id', 'not in', newestOf(trx, userId).select('id'))
    .execute();
}

/** The newest first. */
export async function lastSignIns(store: Store, userId: string): Promise<SignInEntry[]> {
  const rows = await newestOf(store, userId).select(['at', 'contract', 'proof', 'address']).execute();
  return rows.map((row) => ({ ...row, proof: row.proof as Proof }));
}

function newestOf(store: Store, userId: string) {
  return store
    .selectFrom('sign_ins')
    .where('user_id', '=', userId)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(KEPT);
}
