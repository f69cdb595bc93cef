import { type RawBuilder, sql } from 'kysely';
import type { Store } from '../../../../database/schema.js';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import { createListeners } from '../listeners.js';
import { BAILEYS_LIFE, liveUntil, type TokenLife } from '../token-life.js';
import { createBatches } from './batches.js';

/**
 * Whom the number may write to now: whoever wrote to it within a day, and whoever's trusted-contact token it holds. Kept in
 * `recipients` for every spelling of a number; for somebody whose number is not known, under the LID.
 */
export interface Reach {
  /** Somebody has written; `at` by WhatsApp's time, Unix ms. */
  wrote(who: Who, at: number): Promise<void>;
  /** Their app has given a token, issued at `at`; the session has it. */
  gave(who: Who, at: number): Promise<void>;
  /** WhatsApp has refused a message to this person while the account is free. */
  refused(phone: string): Promise<void>;
  /** Messages are accepted and none arrives. */
  fellSilent(phone: string): Promise<void>;
  hasToken(phone: string): Promise<boolean>;
  /** How long tokens live from now on, also those of before. */
  life(): TokenLife;
  setLife(life: TokenLife): Promise<void>;
  /** Called with everybody who can be written to again, by each spelling, once that is stored. */
  onReachable(listener: (phones: string[], haveWritten: boolean) => void): () => void;
}

/** By number (E.164, as WhatsApp writes it), by LID (`…@lid`), or both; at least one. */
export interface Who {
  phone: string | null;
  lid: string | null;
}

interface Note {
  who: Who;
  what: 'token_at' | 'wrote_at';
  at: number;
  until: number;
}

const HOUR_MS = 60 * 60_000;
/** How long after a person's message nothing more is needed to answer. */
const ANSWER_MS = 24 * HOUR_MS;
/** A message that was refused to one person alone is not tried again for so long, unless the person writes. */
export const REFUSED_MS = 24 * HOUR_MS;

export function createReach(deps: { store: Store; clock: Clock; log: Log; account: string }): Reach {
  const { store, clock, account } = deps;
  const listeners = createListeners<{ phones: string[]; haveWritten: boolean }>(deps.log);
  let life = BAILEYS_LIFE;

  /** The rows of a person: all spellings of the number, and whoever WhatsApp calls by the same LID. */
  async function rowsOf(trx: Store, { phone, lid }: Who): Promise<string[]> {
    const { rows } = await sql<{ recipient: string }>`
      SELECT ${phone ?? lid} AS recipient
      UNION SELECT recipient FROM recipients WHERE lid = ${lid} AND account = ${account}
      UNION SELECT phone FROM numbers WHERE person = ${phone}
      UNION SELECT other.phone FROM numbers own JOIN numbers other ON other.person = own.person
        WHERE own.phone = ${phone}`.execute(trx);
    const found = rows.map(({ recipient }) => recipient);
    const phones = found.filter((recipient) => recipient !== lid);
    return phones.length > 0 ? phones : found;
  }

  /** Returns who can be written to by it, under each spelling. */
  async function write(trx: Store, { who, what, at, until }: Note): Promise<string[]> {
    const recipients = await rowsOf(trx, who);
    const known = {
      lid: who.lid,
      token_at: what === 'token_at' ? at : null,
      wrote_at: what === 'wrote_at' ? at : null,
      reachable_until: until,
    };
    await trx
      .insertInto('recipients')
      .values(recipients.map((recipient) => ({ account, recipient, ...known })))
      .onConflict((conflict) =>
        conflict.columns(['account', 'recipient']).doUpdateSet({
          lid: sql`COALESCE(excluded.lid, recipients.lid)`,
          token_at: laterOf('token_at'),
          wrote_at: laterOf('wrote_at'),
          reachable_until: laterOf('reachable_until'),
          refused_until: null,
          ...(what === 'wrote_at' && { silent_at: null }),
        }),
      )
      .execute();
    return until > clock.now() ? recipients.filter((recipient) => recipient.startsWith('+')) : [];
  }

  const notes = createBatches<Note>(async (batch) => {
    const reached = await store.transaction().execute(async (trx) => {
      const found = { wrote_at: new Set<string>(), token_at: new Set<string>() };
      for (const each of batch) {
        for (const phone of await write(trx, each)) found[each.what].add(phone);
      }
      return found;
    });
    for (const [what, phones] of Object.entries(reached)) {
      if (phones.size > 0) void listeners.tell({ phones: [...phones], haveWritten: what === 'wrote_at' });
    }
  });

  async function note(who: Who, what: Note['what'], at: number, until: number): Promise<void> {
    if (who.phone === null && who.lid === null) return;
    await notes.add(`${what} ${who.phone} ${who.lid} ${at}`, { who, what, at, until });
  }

  return {
    wrote: (who, at) => note(who, 'wrote_at', at, at + ANSWER_MS),
    gave: (who, at) => note(who, 'token_at', at, liveUntil(at, life)),

    async refused(phone) {
      const refused_until = clock.now() + REFUSED_MS;
      await store
        .insertInto('recipients')
        .values({ account, recipient: phone, refused_until })
        .onConflict((conflict) => conflict.columns(['account', 'recipient']).doUpdateSet({ refused_until }))
        .execute();
    },

    async fellSilent(phone) {
      await store
        .updateTable('recipients')
        .set({ silent_at: clock.now() })
        .where('account', '=', account)
        .where('recipient', '=', phone)
        .execute();
    },

    async hasToken(phone) {
      const row = await store
        .selectFrom('recipients')
        .select('token_at')
        .where('account', '=', account)
        .where('recipient', '=', phone)
        .executeTakeFirst();
      return row?.token_at != null && liveUntil(row.token_at, life) > clock.now();
    },

    life: () => life,
    async setLife(next) {
      if (next.bucketMs === life.bucketMs && next.buckets === life.buckets) return;
      life = next;
      const [bucketMs, buckets] = [sql.lit(life.bucketMs), sql.lit(life.buckets)];
      const byToken = sql<number>`(token_at / ${bucketMs} + ${buckets}) * ${bucketMs}`;
      await store
        .updateTable('recipients')
        .set({ reachable_until: later(sql`wrote_at + ${sql.lit(ANSWER_MS)}`, byToken) })
        .where('account', '=', account)
        .where('token_at', 'is not', null)
        .execute();
    },
    onReachable: (listener) => listeners.add(({ phones, haveWritten }) => listener(phones, haveWritten)),
  };
}

/** The later of what is known and what is new; another LID is another person, of whom nothing was known. */
function laterOf(column: 'token_at' | 'wrote_at' | 'reachable_until'): RawBuilder<number> {
  const [known, added] = [sql.ref(`recipients.${column}`), sql.ref(`excluded.${column}`)];
  return sql`CASE WHEN recipients.lid <> excluded.lid THEN ${added} ELSE ${later(known, added)} END`;
}

/** Of two times, each of which may be null. */
export function later(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`CASE WHEN COALESCE(${one}, 0) > COALESCE(${other}, 0) THEN ${one} ELSE ${other} END`;
}
