import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isOver, lasts, leftOf } from '../../deadline.js';
import { type Prefix, prefixOfNumber } from './prefix.js';

/** Ten thousand numbers of which hardly one comes back with its code: somebody earns by being sent to. */
export interface BlockedPrefix extends Prefix {
  /** Unix ms. */
  since: number;
  until: number;
  /** The verifications of the hour before. */
  started: number;
  approved: number;
}

export interface BlockedPrefixes {
  /** In the transaction that has counted a verification: blocks its prefix if too few of the last hour were approved. */
  judge(trx: Store, prefix: Prefix): Promise<void>;
  /**
   * Until when nothing goes to this number over such a lane, Unix ms; null: it may, which is known at once for most. Asks
   * the database once a second at most, and whether somebody is cold only where the prefix is blocked.
   * @param recipient a number in E.164, or an address.
   */
  blockedUntil(
    recipient: string,
    lane: { costs: boolean; isCold(): Promise<boolean> },
  ): null | Promise<number | null>;
  /** Those that hold now, the newest first. */
  list(): Promise<BlockedPrefix[]>;
  /** Ends a block; what was counted until now does not count any more. Null: there is none. */
  lift(trx: Store, prefix: string): Promise<BlockedPrefix | null>;
}

/** The `channel` of the counts in which each verification is counted once. */
export const ANY_CHANNEL = '';

const HOUR_MS = 60 * 60_000;
export const BLOCK_MS = 12 * HOUR_MS;
/** Fewer verifications of a prefix tell nothing. */
const MIN_STARTED = 20;
const MIN_APPROVED_PART = 0.1;
/** A block that another process has made or lifted is known after this. */
const REMEMBERED_MS = 1_000;
const SPAN = { from: 'blocked_prefixes.since', until: 'blocked_prefixes.until' };
type Blocks = Map<string, number>;
const COLUMNS = ['prefix', 'country', 'since', 'until', 'started', 'approved'] as const;

export function createBlockedPrefixes(deps: { store: Store; clock: Clock }): BlockedPrefixes {
  const { store, clock } = deps;
  let remembered: { readAt: number; reading: Promise<Blocks>; blocks: Blocks | null } | null = null;

  const active = (from: Store) =>
    from.selectFrom('blocked_prefixes').select(COLUMNS).where(lasts(SPAN, clock.now()));

  async function read(): Promise<Blocks> {
    const blocks = await active(store).execute();
    return new Map(blocks.map(({ prefix, until }) => [prefix, until]));
  }

  function known(): Blocks | Promise<Blocks> {
    const now = clock.elapsed();
    if (remembered === null || now - remembered.readAt >= REMEMBERED_MS) {
      const fresh = { readAt: now, reading: read(), blocks: null as Blocks | null };
      remembered = fresh;
      fresh.reading = fresh.reading.then(
        (blocks) => {
          fresh.blocks = blocks;
          return blocks;
        },
        (error: unknown) => {
          if (remembered === fresh) remembered = null;
          throw error;
        },
      );
    }
    return remembered.blocks ?? remembered.reading;
  }

  async function endOf(
    known: Blocks | Promise<Blocks>,
    recipient: string,
    { costs, isCold }: Parameters<BlockedPrefixes['blockedUntil']>[1],
  ): Promise<number | null> {
    const until = (await known).get(prefixOfNumber(recipient));
    if (until === undefined || leftOf(until, BLOCK_MS, clock.now()) === 0) return null;
    return costs || (await isCold()) ? until : null;
  }

  async function lastHour(trx: Store, prefix: string): Promise<{ started: number; approved: number }> {
    const sums = await trx
      .selectFrom('conversions')
      .select([
        sql<number>`sum(started - forgiven_started)`.as('started'),
        sql<number>`sum(approved - forgiven_approved)`.as('approved'),
      ])
      .where('prefix', '=', prefix)
      .where('channel', '=', ANY_CHANNEL)
      .where('slot', '>', clock.now() - HOUR_MS)
      .executeTakeFirst();
    return { started: Number(sums?.started ?? 0), approved: Number(sums?.approved ?? 0) };
  }

  return {
    async judge(trx, { prefix, country }) {
      const { started, approved } = await lastHour(trx, prefix);
      if (started < MIN_STARTED || approved >= started * MIN_APPROVED_PART) return;
      const now = clock.now();
      const block = { country, since: now, until: now + BLOCK_MS, started, approved };
      await trx
        .insertInto('blocked_prefixes')
        .values({ prefix, ...block })
        .onConflict((conflict) => conflict.column('prefix').doUpdateSet(block).where(isOver(SPAN, now)))
        .execute();
      remembered = null;
    },

    blockedUntil(recipient, lane) {
      const blocks = known();
      return blocks instanceof Map && blocks.size === 0 ? null : endOf(blocks, recipient, lane);
    },

    list: () => active(store).orderBy('since', 'desc').orderBy('prefix').execute(),

    async lift(trx, prefix) {
      const held = active(trx).where('prefix', '=', prefix);
      // First what is counted, then the block: the order in which `judge` takes them, so that neither waits for the other.
      await trx
        .updateTable('conversions')
        .set((row) => ({
          forgiven_started: row.ref('started'),
          forgiven_approved: row.ref('approved'),
        }))
        .where('prefix', '=', prefix)
        .where('channel', '=', ANY_CHANNEL)
        .where('slot', '>', clock.now() - HOUR_MS)
        .where(({ exists }) => exists(held))
        .execute();
      const lifted = await trx
        .deleteFrom('blocked_prefixes')
        .where('prefix', '=', prefix)
        .where(lasts(SPAN, clock.now()))
        .returning(COLUMNS)
        .executeTakeFirst();
      if (lifted) remembered = null;
      return lifted ?? null;
    },
  };
}

export async function cleanUpBlocks(store: Store, now: number): Promise<void> {
  await store.deleteFrom('blocked_prefixes').where(isOver(SPAN, now)).execute();
}
