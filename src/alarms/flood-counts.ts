import { sql } from 'kysely';
import type { Store } from '../../database/schema.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const minuteOf = (at: number) => at - (at % MINUTE_MS);

/** One statement, which adds to those of this minute. */
export async function addToFlood(store: Store, flood: string, times: number, now: number): Promise<void> {
  await store
    .insertInto('flood_counts')
    .values({ flood, minute: minuteOf(now), times })
    .onConflict((conflict) =>
      conflict.columns(['flood', 'minute']).doUpdateSet({ times: sql`flood_counts.times + ${times}` }),
    )
    .execute();
}

/** How often each came in the last `withinMs`, to the minute. */
export async function floodCounts(store: Store, withinMs: number, now: number): Promise<Map<string, number>> {
  const rows = await store
    .selectFrom('flood_counts')
    .select(({ fn }) => ['flood', fn.sum<number>('times').as('times')])
    .where('minute', '>', now - withinMs)
    .where('minute', '<=', now)
    .groupBy('flood')
    .execute();
  return new Map(rows.map(({ flood, times }) => [flood, Number(times)]));
}

export async function cleanUpFloods(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('flood_counts')
    .where((eb) => eb.or([eb('minute', '<=', now - DAY_MS), eb('minute', '>', now + DAY_MS)]))
    .execute();
}
