import { sql } from 'kysely';
import type { Database } from '../../../database/connect.js';
import type { Clock, Timer } from '../../clock.js';
import { holdNumber, renameNumber } from '../../delivery/queue/numbers.js';
import type { Persons } from '../../delivery/queue/persons.js';
import type { Log } from '../../log.js';
import { keepOneAccount, type LostNumber } from './lost-numbers.js';
import { moveContact } from './moved-contacts.js';

/** What follows when WhatsApp says whose a number is: two spellings become one person, everywhere and in one commit. */
export interface Naming {
  /**
   * WhatsApp has answered for this number with this address. Never rejects, and resolves after the first attempt to store
   * it, so that it counts before anything is sent there; a failed attempt is repeated.
   */
  note(named: { phone: string; jid: string }): Promise<void>;
  /** Applies what WhatsApp told earlier versions, or while the store failed; and checks accounts that were created by hand. */
  catchUp(): Promise<void>;
  /** Resolves when nothing is under way; gives up what the store does not accept now. */
  stop(): Promise<void>;
}

const STORE_RETRY_MS = 1_000;
/** Shorter than PostgreSQL's deadlock timeout. */
const MAX_LOCK_WAIT = '500ms';

/** @param personOf the number in an address, or the address itself when it holds none. */
export function createNaming(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  clock: Clock;
  log: Log;
  /** The sender that gets WhatsApp's answers. */
  account: string;
  persons: Pick<Persons, 'personOf' | 'note'>;
  personOf(jid: string): string;
}): Naming {
  const { clock, log, account, persons } = deps;
  const { store, kind } = deps.database;
  /** The latest answers that are not stored yet. */
  const wanted = new Map<string, string>();
  const retries = new Map<string, Timer>();
  const underWay = new Set<Promise<void>>();

  async function rename(phone: string, person: string): Promise<void> {
    const lost = await store.transaction().execute(async (trx) => {
      const now = clock.now();
      // A code that is being used at this moment must not fail because of it: this gives way, and is tried again.
      if (kind === 'postgres') await sql`SET LOCAL lock_timeout = ${sql.lit(MAX_LOCK_WAIT)}`.execute(trx);
      const before = await renameNumber(trx, { account, phone, person, now });
      if (before === null) return [];
      await moveContact(trx, { phone, before, person });
      return await keepOneAccount(trx, person, now);
    });
    persons.note(phone, person);
    tell(lost);
  }

  function tell(lost: LostNumber[]): void {
    for (const fact of lost)
      log.warn('an account lost its number to another of the same person', { ...fact });
  }

  async function attempt(phone: string): Promise<void> {
    const person = wanted.get(phone);
    if (person === undefined) return;
    try {
      if (persons.personOf(phone) !== person) await rename(phone, person);
      if (wanted.get(phone) === person) wanted.delete(phone);
    } catch (error) {
      log.error('what WhatsApp calls a number could not be stored; trying again', { error });
      retries.get(phone)?.cancel();
      retries.set(
        phone,
        clock.after(STORE_RETRY_MS, () => void run(phone)),
      );
    }
  }

  function run(phone: string): Promise<void> {
    retries.delete(phone);
    const attempted = attempt(phone).finally(() => underWay.delete(attempted));
    underWay.add(attempted);
    return attempted;
  }

  /** Later answers than those in `numbers`, except for numbers that were always called as they are written. */
  async function unheard() {
    return await store
      .selectFrom('recipients')
      .leftJoin('numbers', 'numbers.phone', 'recipients.recipient')
      .select(['recipients.recipient as phone', 'recipients.jid'])
      .where('recipients.jid', 'is not', null)
      .where(sql<boolean>`COALESCE(recipients.checked_at, 0) >= COALESCE(numbers.named_at, 0)`)
      .where(
        sql<boolean>`(recipients.jid NOT LIKE REPLACE(recipients.recipient, '+', '') || '@%'
          OR numbers.person <> numbers.phone)`,
      )
      .orderBy('recipients.checked_at')
      .execute();
  }

  /** People with more than one account. */
  async function withSeveralAccounts() {
    return await store
      .selectFrom('numbers')
      .innerJoin('users', 'users.phone', 'numbers.phone')
      .select('numbers.person')
      .groupBy('numbers.person')
      .having(({ fn }) => fn.countAll(), '>', 1)
      .execute();
  }

  return {
    note({ phone, jid }) {
      wanted.set(phone, deps.personOf(jid));
      return run(phone);
    },

    async catchUp() {
      for (const { phone, jid } of await unheard()) {
        if (jid !== null) await rename(phone, deps.personOf(jid));
      }
      for (const { person } of await withSeveralAccounts()) {
        const lost = await store.transaction().execute(async (trx) => {
          await holdNumber(trx, person);
          return await keepOneAccount(trx, person, clock.now());
        });
        tell(lost);
      }
    },

    async stop() {
      wanted.clear();
      await Promise.all(underWay);
      for (const retry of retries.values()) retry.cancel();
    },
  };
}
