import type { Store, UserRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { holdPerson } from '../../delivery/queue/numbers.js';
import { AppError } from '../../errors.js';
import { deleteAccount } from '../deletion/delete-account.js';
import { accountById } from './accounts.js';
import { issuersOf } from './identities.js';
import { returnNumber } from './lost-numbers.js';
import { type NumberMarks, numberMarks } from './number-marks.js';
import { type User, userOf } from './user.js';
import { matching, type UserFilter } from './user-filter.js';

/** `identities`: the OpenID providers that it signs in with. */
export type ListedUser = User & NumberMarks & { identities: string[] };

/** What operators do with accounts. */
export interface Users {
  /** Newest first, unless `oldestFirst`. A page after the last one is the last one. */
  list(filter: UserFilter & { oldestFirst?: boolean }, page: number, pageSize: number): Promise<UserPage>;
  find(id: string): Promise<(ListedUser & { hasPassword: boolean }) | null>;
  /** All tokens end. Resolves with false if it was already deactivated; rejects with account_unknown. */
  deactivate(id: string): Promise<boolean>;
  /** Tokens from before the deactivation stay refused. A lost number comes back if it is free by now. */
  reactivate(id: string): Promise<boolean>;
  /** With what belongs to the person. Rejects with account_unknown, also for all but one of several simultaneous calls. */
  remove(id: string): Promise<void>;
}

export interface UserPage {
  users: ListedUser[];
  total: number;
  page: number;
  pageSize: number;
}

const SHOWN = [
  'id',
  'contract',
  'phone',
  'email',
  'email_verified_at',
  'two_factor_at',
  'name',
  'profile',
  'deactivated_at',
  'created_at',
  'updated_at',
  'last_login_at',
  'last_login_ip',
] as const satisfies (keyof UserRow)[];

export function createUsers(deps: { store: Store; clock: Clock }): Users {
  const { store, clock } = deps;

  async function requireAccount(id: string): Promise<UserRow> {
    const user = await accountById(store, id);
    if (!user) throw unknownAccount();
    return user;
  }

  /** Accounts with what other tables hold about them. */
  async function listed(rows: Pick<UserRow, (typeof SHOWN)[number]>[]): Promise<ListedUser[]> {
    const ids = rows.map(({ id }) => id);
    const [issuers, marks] = [await issuersOf(store, ids), await numberMarks(store, ids)];
    return rows.map((row) => ({ ...userOf(row), ...marks(row.id), identities: issuers(row.id) }));
  }

  return {
    async list({ oldestFirst = false, ...filter }, page, pageSize) {
      const order = oldestFirst ? 'asc' : 'desc';
      const { count } = await store
        .selectFrom('users')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where(matching(filter))
        .executeTakeFirstOrThrow();
      const total = Number(count);
      const last = Math.max(1, Math.ceil(total / pageSize));
      const shown = Math.min(page, last);
      const rows = await store
        .selectFrom('users')
        .select(SHOWN)
        .where(matching(filter))
        .orderBy('created_at', order)
        .orderBy('id', order)
        .limit(pageSize)
        .offset((shown - 1) * pageSize)
        .execute();
      return { users: await listed(rows), total, page: shown, pageSize };
    },

    async find(id) {
      const row = await accountById(store, id);
      if (!row) return null;
      const [user] = await listed([row]);
      return user ? { ...user, hasPassword: row.password_hash !== null } : null;
    },

    async deactivate(id) {
      await requireAccount(id);
      const now = clock.now();
      return await store.transaction().execute(async (trx) => {
        const changed = await trx
          .updateTable('users')
          .set((eb) => ({ deactivated_at: now, token_epoch: eb('token_epoch', '+', 1), updated_at: now }))
          .where('id', '=', id)
          .where('deactivated_at', 'is', null)
          .executeTakeFirst();
        await trx.deleteFrom('challenges').where('subject', '=', id).execute();
        return changed.numUpdatedRows === 1n;
      });
    },

    async reactivate(id) {
      await requireAccount(id);
      const now = clock.now();
      return await store.transaction().execute(async (trx) => {
        const lost = await trx
          .selectFrom('lost_numbers')
          .select('phone')
          .where('user_id', '=', id)
          .executeTakeFirst();
        const spellings = lost && (await holdPerson(trx, lost.phone));
        const changed = await trx
          .updateTable('users')
          .set({ deactivated_at: null, updated_at: now })
          .where('id', '=', id)
          .where('deactivated_at', 'is not', null)
          .executeTakeFirst();
        const isBack = changed.numUpdatedRows === 1n;
        if (isBack && lost && spellings) await returnNumber(trx, id, { ...lost, spellings }, now);
        return isBack;
      });
    },

    async remove(id) {
      const user = await requireAccount(id);
      await store.transaction().execute(async (trx) => {
        if (!(await deleteAccount(trx, user, clock.now()))) throw unknownAccount();
      });
    },
  };
}

const unknownAccount = () => new AppError('account_unknown', 'There is no such account.');
