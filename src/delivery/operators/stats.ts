import { type RawBuilder, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { ShownStatus } from '../job.js';
import { type Counters, SLOT_MS, slotOf, TOOK_RANGE } from './counters.js';

/** The outcomes of the jobs of a period. */
export interface Window {
  sent: number;
  delivered: number;
  failed: number;
  expired: number;
  /** Share of the jobs that ended (sent, failed or expired; superseded ones do not count); null when none did. */
  deliveryRate: number | null;
  /** From the request to the handset, two significant digits; null when nothing was delivered. */
  medianToHandsetMs: number | null;
}

export interface Overview {
  counts: Record<ShownStatus, number>;
  /** When the oldest waiting job was created, Unix ms. */
  oldestWaitingAt: number | null;
  /** Null: unknown. */
  projectedWaitMs: number | null;
  lastHour: Window;
  lastDay: Window;
  /** Messages of the day (UTC) to people out of reach, written or waiting. */
  coldOfDay: number;
}

/** Sums over equal steps, oldest first; the last step is the current one. */
export interface Series {
  stepMs: number;
  /** When each step begins, Unix ms. */
  at: number[];
  sent: number[];
  delivered: number[];
  /** Failed and expired. */
  failed: number[];
}

/** The lengths of time of a series: how many steps, of how many slots each. */
export const SERIES_RANGES = {
  hour: { steps: 12, slots: 1 },
  day: { steps: 48, slots: 6 },
  week: { steps: 84, slots: 24 },
} as const;
export type SeriesRange = keyof typeof SERIES_RANGES;

export interface Stats {
  overview(): Promise<Overview>;
  series(range: SeriesRange): Promise<Series>;
  /** @param of `doors`: only those that the sign-in contracts asked for. */
  coldOfDay(of?: 'doors'): Promise<number>;
}

const OUTCOMES = ['sent', 'delivered', 'failed', 'expired'] as const;
type Outcomes = Record<(typeof OUTCOMES)[number], number>;
const NAMES = sql.join(OUTCOMES.map((outcome) => sql.lit(`at.${outcome}`)));
const HOUR_SLOTS = 12;
const DAY_SLOTS = 288;
const DAY_MS = DAY_SLOTS * SLOT_MS;

/** Figures over time, all from the counters; the current slot is included. */
export function createStats(deps: {
  store: Store;
  counters: Counters;
  clock: Clock;
  projectedWaitMs(): number | null;
}): Stats {
  const { store, counters, clock } = deps;

  /** Sums from one slot up to another, in groups of slots. */
  async function outcomes(first: number, last: number, group: RawBuilder<unknown>) {
    const { rows } = await sql<{ name: string; step: number; jobs: number }>`
      SELECT name, ${group} AS step, CAST(SUM(value) AS BIGINT) AS jobs FROM counter_values
      WHERE name IN (${NAMES}) AND slot BETWEEN ${first} AND ${last} GROUP BY 1, 2`.execute(store);
    const steps = new Map<number, Outcomes>();
    for (const { name, step, jobs } of rows) {
      const sums = steps.get(step) ?? { sent: 0, delivered: 0, failed: 0, expired: 0 };
      steps.set(step, { ...sums, [name.slice('at.'.length)]: jobs });
    }
    return (step: number): Outcomes => steps.get(step) ?? { sent: 0, delivered: 0, failed: 0, expired: 0 };
  }

  async function medianMs(first: number, last: number): Promise<number | null> {
    const range = sql.lit(TOOK_RANGE);
    const { rows } = await sql<{ ms: number; jobs: number }>`
      SELECT slot % ${range} AS ms, CAST(SUM(value) AS BIGINT) AS jobs FROM counter_values
      WHERE name = 'took' AND slot >= ${first * TOOK_RANGE} AND slot < ${(last + 1) * TOOK_RANGE}
      GROUP BY 1 ORDER BY 1`.execute(store);
    let left = rows.reduce((sum, { jobs }) => sum + jobs, 0) / 2;
    for (const { ms, jobs } of rows) {
      left -= jobs;
      if (left <= 0) return ms;
    }
    return null;
  }

  async function windowOf(slots: number): Promise<Window> {
    const last = slotOf(clock.now());
    const first = last - slots + 1;
    const sums = (await outcomes(first, last, sql.lit(0)))(0);
    const ended = sums.sent + sums.failed + sums.expired;
    return {
      ...sums,
      deliveryRate: ended > 0 ? sums.delivered / ended : null,
      medianToHandsetMs: await medianMs(first, last),
    };
  }

  async function oldestWaitingAt(): Promise<number | null> {
    // `+`: few are waiting; their index is better than the one in the order of time.
    const { rows } = await sql<{ at: number | null }>`
      SELECT MIN(+created_at) AS at FROM jobs WHERE finished_at IS NULL AND status = 'pending'`.execute(
      store,
    );
    return rows[0]?.at ?? null;
  }

  async function coldOfDay(of?: 'doors'): Promise<number> {
    const now = clock.now();
    const { rows } = await sql<{ count: number }>`
      SELECT COUNT(*) AS count FROM jobs WHERE cold_at >= ${now - (now % DAY_MS)}
        AND NOT (writes = 0 AND finished_at IS NOT NULL)
        AND (caller LIKE 'contract:%' OR ${sql.lit(of === 'doors' ? 0 : 1)} = 1)`.execute(store);
    return Number(rows[0]?.count);
  }

  return {
    coldOfDay,

    async overview() {
      const [counts, waitingSince, lastHour, lastDay, cold] = await Promise.all([
        counters.byStatus(),
        oldestWaitingAt(),
        windowOf(HOUR_SLOTS),
        windowOf(DAY_SLOTS),
        coldOfDay(),
      ]);
      return {
        counts,
        oldestWaitingAt: waitingSince,
        projectedWaitMs: deps.projectedWaitMs(),
        lastHour,
        lastDay,
        coldOfDay: cold,
      };
    },

    async series(range) {
      const { steps, slots } = SERIES_RANGES[range];
      const last = Math.floor(slotOf(clock.now()) / slots);
      const numbers = Array.from({ length: steps }, (_, index) => last - steps + 1 + index);
      const sumsOf = await outcomes(
        (last - steps + 1) * slots,
        (last + 1) * slots - 1,
        sql`slot / ${sql.lit(slots)}`,
      );
      const sums = numbers.map(sumsOf);
      return {
        stepMs: slots * SLOT_MS,
        at: numbers.map((step) => step * slots * SLOT_MS),
        sent: sums.map(({ sent }) => sent),
        delivered: sums.map(({ delivered }) => delivered),
        failed: sums.map(({ failed, expired }) => failed + expired),
      };
    },
  };
}
