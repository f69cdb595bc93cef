import { type ExpressionBuilder, sql } from 'kysely';
import type { Store, Tables, UserRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { holdPerson } from '../../delivery/queue/numbers.js';
import { AppError } from '../../errors.js';
import { typedEmailPart } from '../../typed/email.js';
import { typedNumber } from '../../typed/number.js';
import { accountById, isStorable } from './accounts.js';
import { returnNumber } from './lost-numbers.js';
import { type NumberMarks, numberMarks } from './number-marks.js';

/** An account as it may be shown: without its password. */
export type ListedUser = Omit<UserRow, 'password_hash' | 'token_epoch' | 'phone_used_at'>;

/** `identities`: the OpenID providers that it signs in with. */
export type UserWithIdentities = ListedUser & NumberMarks & { identities: string[] };

export interface FoundUser {
  user: ListedUser & NumberMarks;
  hasPassword: boolean;
  identities: string[];
}

/** What operators do with accounts. */
export interface Users {
  /**
   * Newest first, unless `oldestFirst`. `q`: part of the phone (in any spelling, or a lost one), the address or the name; `withPhone`: only accounts that
   * have one. A page after the last one is the last one.
   */
  list(filter: UserFilter, page: number, pageSize: number): Promise<UserPage>;
  find(id: string): Promise<FoundUser | null>;
  /** All tokens end. Resolves with false when it was so already; rejects with account_unknown. */
  deactivate(id: string): Promise<boolean>;
  /** Tokens from before the deactivation stay refused. A number that was lost comes back, if nobody has it by now. */
  reactivate(id: string): Promise<boolean>;
  /** Rejects with account_unknown, also for all but one of several at once. */
  remove(id: string): Promise<void>;
}

export interface UserFilter {
  q?: string;
  withPhone?: boolean;
  oldestFirst?: boolean;
}

export interface UserPage {
  users: UserWithIdentities[];
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
] as const satisfies (keyof ListedUser)[];

export function createUsers(deps: { store: Store; clock: Clock }): Users {
  const { store, clock } = deps;

  async function requireAccount(id: string): Promise<void> {
    if (!(await accountById(store, id))) throw unknownAccount();
  }

  async function issuersOf(ids: string[]): Promise<Map<string, string[]>> {
    const issuers = new Map<string, string[]>();
    if (ids.length === 0) return issuers;
    const rows = await store
      .selectFrom('identities')
      .select(['user_id', 'issuer'])
      .where('user_id', 'in', ids)
      .orderBy('created_at')
      .execute();
    for (const { user_id, issuer } of rows) issuers.set(user_id, [...(issuers.get(user_id) ?? []), issuer]);
    return issuers;
  }

  return {
    async list({ q, withPhone = false, oldestFirst = false }, page, pageSize) {
      const order = oldestFirst ? 'asc' : 'desc';
      const matching = (eb: ExpressionBuilder<Tables, 'users'>) =>
        eb.and([...(withPhone ? [eb('phone', 'is not', null)] : []), ...(q ? [contains(eb, q)] : [])]);
      const { count } = await store
        .selectFrom('users')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where(matching)
        .executeTakeFirstOrThrow();
      const total = Number(count);
      const last = Math.max(1, Math.ceil(total / pageSize));
      const shown = Math.min(page, last);
      const rows = await store
        .selectFrom('users')
        .select(SHOWN)
        .where(matching)
        .orderBy('created_at', order)
        .orderBy('id', order)
        .limit(pageSize)
        .offset((shown - 1) * pageSize)
        .execute();
      const ids = rows.map(({ id }) => id);
      const [issuers, marks] = [await issuersOf(ids), await numberMarks(store, ids)];
      const users = rows.map((user) => ({
        ...user,
        ...marks(user.id),
        identities: issuers.get(user.id) ?? [],
      }));
      return { users, total, page: shown, pageSize };
    },

    async find(id) {
      const found = await accountById(store, id);
      if (!found) return null;
      const { password_hash, token_epoch: _, phone_used_at: __, ...user } = found;
      const identities = (await issuersOf([id])).get(id) ?? [];
      const marks = (await numberMarks(store, [id]))(id);
      return { user: { ...user, ...marks }, hasPassword: password_hash !== null, identities };
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
        await trx.deleteFrom('otp_challenges').where('subject', '=', id).execute();
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
      await requireAccount(id);
      await store.transaction().execute(async (trx) => {
        const removed = await trx.deleteFrom('users').where('id', '=', id).executeTakeFirst();
        if (removed.numDeletedRows === 0n) throw unknownAccount();
        await trx.deleteFrom('otp_challenges').where('subject', '=', id).execute();
        await trx.deleteFrom('code_failures').where('subject', '=', id).execute();
      });
    },
  };
}

const unknownAccount = () => new AppError('account_unknown', 'There is no such account.');

/** `%` and `_` mean themselves. In SQLite only A to Z are the same in upper and lower case. */
function contains(eb: ExpressionBuilder<Tables, 'users'>, q: string) {
  if (!isStorable(q)) return sql<boolean>`1 = 0`;
  // Names of before are as they were typed: some systems type marks apart from their letters (NFD).
  const typed = [q, q.normalize('NFD')];
  const lower = typed.map((text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  const spellings = [...new Set([...typed.map((text) => text.toLowerCase()), ...lower])];
  const like = (column: 'phone' | 'email' | 'name', texts: string[]) =>
    texts.map((text) => {
      const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
      return sql<boolean>`LOWER(${eb.ref(column)}) LIKE ${pattern} ESCAPE '\\'`;
    });
  const address = typedEmailPart(q);
  const [, digits = ''] = /^\+?0*(\d{3,})$/.exec(typedNumber(q)) ?? [];
  return eb.or([
    ...like('email', address === null ? spellings : [...spellings, address]),
    ...like('name', spellings),
    ...like('phone', digits === '' ? spellings : [...spellings, digits]),
    ...(digits === '' ? [] : [hasOrHad(eb, `%${digits}%`)]),
  ]);
}

/** A number that is another spelling of the account's, or that it lost. */
function hasOrHad({ exists, or, selectFrom }: ExpressionBuilder<Tables, 'users'>, pattern: string) {
  const spelled = selectFrom('numbers as own')
    .innerJoin('numbers as other', 'other.person', 'own.person')
    .select('other.phone')
    .whereRef('own.phone', '=', 'users.phone')
    .where('other.phone', 'like', pattern);
  const lost = selectFrom('lost_numbers')
    .select('lost_numbers.phone')
    .whereRef('lost_numbers.user_id', '=', 'users.id')
    .where('lost_numbers.phone', 'like', pattern);
  return or([exists(spelled), exists(lost)]);
}
