import { type RawBuilder, type SqlBool, sql } from 'kysely';

/**
 * Times that outlive a process are times of day, and the time of day may be set back after they were stored: a wait of a
 * minute would then last a day. So a stored time is believed only as far as its own rule reaches: whatever lies further
 * ahead was stored under another time of day, and is over.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * How far the clock may be set back without ending what is stored: corrections by seconds, which are common, end nothing
 * early, and nothing lasts twice its rule.
 */
function slackMs(ruleMs: number): number {
  return ruleMs > DAY_MS ? DAY_MS : Math.min(ruleMs, MINUTE_MS);
}

/** The latest end that something can have that lasts `ruleMs`: beyond it, it is over. */
export function latestEnd(ruleMs: number, now: number): number {
  return now + ruleMs + slackMs(ruleMs);
}

/** What is left, in milliseconds, of something that lasts `ruleMs` and ends at `until`: 0 when it is over, never above `ruleMs`. */
export function leftOf(until: number, ruleMs: number, now: number): number {
  if (until > latestEnd(ruleMs, now)) return 0;
  return Math.min(Math.max(0, until - now), ruleMs);
}

/** Columns that say how long a row holds: with both, the row itself knows its rule, which is a day at the most. */
export type Span =
  | { from: string; until: string }
  | { from: string; ruleMs: number }
  | { until: string; ruleMs: number };

/** SQL: it has not ended yet. */
export function lasts(span: Span, now: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${compared(span, '>', now)} AND NOT ${isAhead(span, now)})`;
}

/** SQL: the opposite of `lasts`. */
export function isOver(span: Span, now: number): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${compared(span, '<=', now)} OR ${isAhead(span, now)})`;
}

/**
 * SQL: it lies further ahead than its rule allows. It is over, but would seem to hold again when the clock gets there:
 * who cleans up removes it.
 */
export function isAhead(span: Span, now: number): RawBuilder<SqlBool> {
  if ('ruleMs' in span) {
    return sql<SqlBool>`(${compared(span, '>', latestEnd(span.ruleMs, now))})`;
  }
  const [from, until] = [sql.ref(span.from), sql.ref(span.until)];
  // The slack of a row is a minute or, when that is shorter, its own length. An index on the end leads to the few.
  return sql<SqlBool>`(${until} > ${now} AND (${from} > ${now + MINUTE_MS} OR ${from} + ${from} - ${until} > ${now}))`;
}

/** The end, beside a time. */
function compared(span: Span, operator: '>' | '<=', time: number): RawBuilder<SqlBool> {
  const [column, limit] = 'until' in span ? [span.until, time] : [span.from, time - span.ruleMs];
  return sql<SqlBool>`${sql.ref(column)} ${sql.raw(operator)} ${limit}`;
}
