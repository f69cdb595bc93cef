import { sql } from 'kysely';
import type { CodeRow, Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { ANY_CHANNEL, type BlockedPrefixes } from './blocked-prefixes.js';
import { prefixOf } from './prefix.js';

/** A verification, as far as it is counted. */
export interface Counted {
  /** A number in E.164, or an address. */
  contact: string;
  /** When it was started, Unix ms: what became of it counts to that time. */
  startedAt: number;
}

/**
 * Of the verifications that were started, how many were approved, by channel, country and prefix. Codes that their caller
 * checks are not counted, and neither are those of test numbers.
 */
export interface Conversion {
  /**
   * In the transaction that sends over a channel for the first time, once for each channel of a verification.
   * @param counted.isFirst it is the verification's first: the verification itself counts, too, and may block its prefix.
   */
  started(trx: Store, counted: Counted & { channel: string; isFirst: boolean }): Promise<void>;
  /**
   * In the transaction that approves, for the channel over which the code was sent last; without a send, nothing counts.
   * @param code its row.
   */
  approved(trx: Store, code: Pick<CodeRow, 'id' | 'contact' | 'created_at'>): Promise<void>;
  /** All that were started since, Unix ms, to five minutes. */
  figures(since: number): Promise<ConversionFigures>;
}

export interface ConversionFigures {
  /** The busiest first. A verification counts for each channel that it used. */
  channels: Figure<'channel'>[];
  /** The busiest first, each verification once; by channel as above. */
  countries: (Figure<'country'> & { channels: Figure<'channel'>[] })[];
}

export type Figure<Name extends string> = Record<Name, string> & { started: number; approved: number };

const SLOT_MS = 5 * 60_000;
const KEPT_MS = 30 * 24 * 60 * 60_000;

const slotOf = (at: number) => at - (at % SLOT_MS);

/** @param deps.blocked is asked about a prefix whenever a verification is started. */
export function createConversion(deps: {
  store: Store;
  clock: Clock;
  blocked: Pick<BlockedPrefixes, 'judge'>;
}): Conversion {
  const { store, clock, blocked } = deps;

  return {
    async started(trx, { contact, channel, startedAt, isFirst }) {
      const { prefix, country } = prefixOf(contact);
      const slot = slotOf(startedAt);
      const rows = (isFirst ? [ANY_CHANNEL, channel] : [channel]).map((name) => ({
        prefix,
        slot,
        channel: name,
        country,
        started: 1,
      }));
      await trx
        .insertInto('conversions')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .columns(['prefix', 'slot', 'channel'])
            .doUpdateSet({ started: sql`conversions.started + 1` }),
        )
        .execute();
      if (isFirst && prefix !== '') await blocked.judge(trx, { prefix, country });
    },

    async approved(trx, { id, contact, created_at }) {
      const last = await trx
        .selectFrom('code_attempts')
        .select('channel')
        .where('code_id', '=', id)
        .where('job_id', 'is not', null)
        .orderBy('place', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!last) return;
      await trx
        .updateTable('conversions')
        .set((eb) => ({ approved: eb('approved', '+', 1) }))
        .where('prefix', '=', prefixOf(contact).prefix)
        .where('slot', '=', slotOf(created_at))
        .where('channel', 'in', [ANY_CHANNEL, last.channel])
        .execute();
    },

    async figures(since) {
      const rows = await store
        .selectFrom('conversions')
        .select(({ fn }) => [
          'channel',
          'country',
          fn.sum<number>('started').as('started'),
          fn.sum<number>('approved').as('approved'),
        ])
        .where('slot', '>', since - SLOT_MS)
        .where('slot', '<=', clock.now())
        .groupBy(['channel', 'country'])
        .orderBy('country')
        .orderBy('channel')
        .execute();
      const counts = rows.map((row) => ({
        ...row,
        started: Number(row.started),
        approved: Number(row.approved),
      }));
      return { channels: channelsOf(counts), countries: countriesOf(counts) };
    },
  };
}

type Counts = Figure<'channel'> & Figure<'country'>;

function channelsOf(counts: readonly Counts[]): Figure<'channel'>[] {
  const sums = new Map<string, Figure<'channel'>>();
  for (const { channel, started, approved } of counts) {
    if (channel === ANY_CHANNEL) continue;
    const before = sums.get(channel) ?? { channel, started: 0, approved: 0 };
    sums.set(channel, {
      channel,
      started: before.started + started,
      approved: before.approved + approved,
    });
  }
  return [...sums.values()].sort(busiestFirst);
}

function countriesOf(counts: readonly Counts[]): ConversionFigures['countries'] {
  return counts
    .filter(({ channel }) => channel === ANY_CHANNEL)
    .sort(busiestFirst)
    .map(({ country, started, approved }) => ({
      country,
      started,
      approved,
      channels: channelsOf(counts.filter((each) => each.country === country)),
    }));
}

function busiestFirst(one: { started: number }, other: { started: number }): number {
  return other.started - one.started;
}

/** Removes what nobody asks for any more. */
export async function cleanUpConversions(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('conversions')
    .where((eb) => eb.or([eb('slot', '<=', now - KEPT_MS), eb('slot', '>', now + SLOT_MS)]))
    .execute();
}
