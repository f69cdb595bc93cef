import { sql } from 'kysely';
import type { Store } from '../../../../database/schema.js';
import type { Clock } from '../../../clock.js';
import { leftOf } from '../../../deadline.js';
import { type Address, isLid, phoneOfJid, withoutDevice } from '../jid.js';
import { REFUSED_MS } from './reach.js';

/** What is known about the people written to, per account, in the table `recipients`. */
export interface Recipients {
  find(phone: string): Promise<Recipient>;
  /** Stores WhatsApp's answer; null: the number is not on WhatsApp. */
  remember(phone: string, address: Address | null): Promise<void>;
  /** The address did not work: ask again before the next message, and keep it until then. */
  doubt(phone: string): Promise<void>;
  /** Like `doubt`, for whoever is believed to have one of these addresses: numbers' JIDs and LIDs. */
  doubtAddresses(jids: string[]): Promise<void>;
  /** Another number was paired, for which everybody is a stranger. */
  forgetAll(): Promise<void>;
}

export interface Recipient {
  /** The number may write to it now. */
  isReachable: boolean;
  /** WhatsApp has refused a message to it, and may do so again. */
  isRefused: boolean;
  /** The last answer, however old; undefined if WhatsApp was never asked, or if its "no" is doubted. */
  address: Address | null | undefined;
  /** When that answer came, Unix ms; null when it is doubted or there is none. */
  checkedAt: number | null;
  /** The answer may still be used. */
  isFresh: boolean;
}

/** WhatsApp has answered that this number, as written, is known under an address that was not known for it before. */
export interface Named {
  /** E.164 with `+`, as it was asked about. */
  phone: string;
  /** `…@s.whatsapp.net`, the same for every spelling of the number. */
  jid: string;
}

const YES_HOLDS_MS = 7 * 24 * 60 * 60_000;
/** Short, because somebody who has just installed WhatsApp tries again within minutes. */
const NO_HOLDS_MS = 60_000;

/** @param onNamed called and awaited after the answer is stored, only when its address is new for the number. */
export function createRecipients(
  store: Store,
  clock: Clock,
  account: string,
  onNamed: (named: Named) => unknown,
): Recipients {
  const doubted = () =>
    store.updateTable('recipients').set({ checked_at: null }).where('account', '=', account);

  /** What is known about whoever has this LID is known about the number. */
  async function adopt(phone: string, lid: string): Promise<void> {
    const latest = (column: 'token_at' | 'wrote_at' | 'reachable_until') =>
      sql<number>`(SELECT MAX(same.${sql.ref(column)}) FROM recipients same
        WHERE same.account = ${account} AND same.lid = ${lid})`;
    await store
      .updateTable('recipients')
      .set({
        token_at: latest('token_at'),
        wrote_at: latest('wrote_at'),
        reachable_until: latest('reachable_until'),
      })
      .where('account', '=', account)
      .where('recipient', '=', phone)
      .execute();
    await store
      .deleteFrom('recipients')
      .where('account', '=', account)
      .where('recipient', '=', lid)
      .execute();
  }

  return {
    async find(phone) {
      const row = await store
        .selectFrom('recipients')
        .select(['checked_at', 'jid', 'lid', 'reachable_until', 'refused_until'])
        .where('account', '=', account)
        .where('recipient', '=', phone)
        .executeTakeFirst();
      const now = clock.now();
      const isReachable = (row?.reachable_until ?? 0) > now;
      const isRefused = !isReachable && leftOf(row?.refused_until ?? 0, REFUSED_MS, now) > 0;
      const checkedAt = row?.checked_at ?? null;
      const known = row?.jid ? { jid: row.jid, lid: row.lid } : null;
      const address = known ?? (checkedAt === null ? undefined : null);
      const holdsMs = known ? YES_HOLDS_MS : NO_HOLDS_MS;
      const isFresh = isWithin(checkedAt, holdsMs, now);
      return { isReachable, isRefused, address, checkedAt, isFresh };
    },

    async remember(phone, address) {
      const lid = address?.lid ?? null;
      const answer = { checked_at: clock.now(), jid: address?.jid ?? null, lid };
      const confirmed = await store
        .updateTable('recipients')
        .set({ ...answer, ...reachOf(address) })
        .where('account', '=', account)
        .where('recipient', '=', phone)
        .where('jid', '=', answer.jid)
        .executeTakeFirst();
      if (confirmed.numUpdatedRows === 0n) {
        await store
          .insertInto('recipients')
          .values({ account, recipient: phone, ...answer })
          .onConflict((conflict) =>
            conflict.columns(['account', 'recipient']).doUpdateSet({ ...answer, ...reachOf(address) }),
          )
          .execute();
      }
      if (lid !== null) await adopt(phone, lid);
      if (address && confirmed.numUpdatedRows === 0n) await onNamed({ phone, jid: address.jid });
    },

    async doubt(phone) {
      await doubted().where('recipient', '=', phone).execute();
    },
    async doubtAddresses(jids) {
      for (const jid of jids.map(withoutDevice)) {
        const whose = isLid(jid)
          ? doubted().where('lid', '=', jid)
          : doubted().where('recipient', '=', phoneOfJid(jid));
        await whose.execute();
      }
    },
    async forgetAll() {
      await store.deleteFrom('recipients').where('account', '=', account).execute();
    },
  };
}

/** What was known stays with the LID: another one is another person. Without an address there is nobody. */
function reachOf(address: Address | null) {
  const kept = (column: string) =>
    sql<number>`CASE WHEN recipients.lid <> ${address?.lid ?? null} THEN NULL ELSE ${sql.ref(`recipients.${column}`)} END`;
  const columns = ['token_at', 'wrote_at', 'reachable_until', 'refused_until', 'silent_at'] as const;
  return Object.fromEntries(
    columns.map((column) => [column, address === null ? null : kept(column)]),
  ) as Record<(typeof columns)[number], ReturnType<typeof kept> | null>;
}

/** Whether something noted at `at` and valid for `ms` is still valid. */
export function isWithin(at: number | null, ms: number, now: number): boolean {
  return at !== null && leftOf(at + ms, ms, now) > 0;
}
