import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Store } from '../../database/schema.js';
import { isAhead, isOver, lasts, leftOf } from '../deadline.js';
import type { Rule } from './rules.js';

/** A share of a limit: of what, and whose. */
export interface Share {
  name: string;
  subject: string;
  rule: Rule;
}

/** One that was taken: with the time of its window, so that it is only given back to the same one. */
export interface Taken extends Share {
  since: number;
}

const SPAN = { from: 'limit_counts.since', until: 'limit_counts.until' };

/** One statement: counts, begins a new window, or changes nothing because the share is used up. Null: it is. */
export async function take(store: Store, share: Share, now: number): Promise<Taken | null> {
  const { name, subject, rule } = share;
  const over = isOver(SPAN, now);
  const used = sql<number>`CASE WHEN ${over} THEN 1 ELSE limit_counts.used + 1 END`;
  const begin = rule.aligned ? now - (now % rule.periodMs) : now;
  const blockedUntil = now + (rule.blockMs ?? 0);
  /** Of a new window, whose first may be its last. */
  const end = rule.count <= 1 && rule.blockMs ? blockedUntil : begin + rule.periodMs;
  const isLast = sql`limit_counts.used + 1 >= ${rule.count} AND ${rule.blockMs ?? 0} > 0`;
  const taken = await store
    .insertInto('limit_counts')
    .values({ name, subject, used: 1, since: begin, until: end })
    .onConflict((conflict) =>
      conflict
        .columns(['name', 'subject'])
        .doUpdateSet({
          used,
          since: sql`CASE WHEN ${over} THEN CAST(${begin} AS BIGINT) ELSE limit_counts.since END`,
          until: sql`CASE WHEN ${over} THEN CAST(${end} AS BIGINT)
            WHEN ${isLast} THEN CAST(${blockedUntil} AS BIGINT) ELSE limit_counts.until END`,
        })
        .where((eb) => eb.or([over, eb('limit_counts.used', '<', rule.count)])),
    )
    .returning('since')
    .executeTakeFirst();
  return taken ? { ...share, since: Number(taken.since) } : null;
}

/** Milliseconds until there is something left of it; 0: there is now. */
export async function waitMs(store: Store, { name, subject, rule }: Share, now: number): Promise<number> {
  const row = await store
    .selectFrom('limit_counts')
    .select(['used', 'since', 'until'])
    .where('name', '=', name)
    .where('subject', '=', subject)
    .executeTakeFirst();
  if (!row || row.used < rule.count) return 0;
  return leftOf(row.until, row.until - row.since, now);
}

/** Of one that is used, or of all whose names begin so: how much, and what is left to wait. */
export async function readUsed(
  store: Store,
  { name, subject, rule }: Share,
  begins: boolean,
  now: number,
): Promise<{ subject: string; used: number; waitMs: number }[]> {
  const rows = await store
    .selectFrom('limit_counts')
    .select(['subject', 'used', 'since', 'until'])
    .where('name', '=', name)
    .where(nameOrStart(subject, begins), '=', subject)
    .where(lasts(SPAN, now))
    .execute();
  return rows.map(({ subject, used, since, until }) => ({
    subject,
    used,
    waitMs: rule.count > 0 && used >= rule.count ? leftOf(until, until - since, now) : 0,
  }));
}

/** It was not used after all. */
export async function giveBack(store: Store, taken: Taken): Promise<void> {
  await lessOne(store, taken, sql<SqlBool>`since = ${taken.since}`);
}

/** The same for one of which only the time is known when it was taken, while that window lasts. */
export async function giveBackAt(
  store: Store,
  share: Pick<Share, 'name' | 'subject'>,
  at: number,
): Promise<void> {
  await lessOne(store, share, sql<SqlBool>`since <= ${at} AND until > ${at}`);
}

async function lessOne(
  store: Store,
  { name, subject }: Pick<Share, 'name' | 'subject'>,
  isThatWindow: RawBuilder<SqlBool>,
): Promise<void> {
  await store
    .updateTable('limit_counts')
    .set((eb) => ({ used: eb('used', '-', 1) }))
    .where('name', '=', name)
    .where('subject', '=', subject)
    .where(isThatWindow)
    .where('used', '>', 0)
    .execute();
}

/** One, or all whose names begin so. False: there was none. */
export async function forget(
  store: Store,
  { name, subject }: Pick<Share, 'name' | 'subject'>,
  begins: boolean,
): Promise<boolean> {
  const gone = await store
    .deleteFrom('limit_counts')
    .where('name', '=', name)
    .where(nameOrStart(subject, begins), '=', subject)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

function nameOrStart(subject: string, begins: boolean) {
  return begins ? sql<string>`substr(subject, 1, ${subject.length})` : sql.ref<string>('subject');
}

/** Removes windows that are over. */
export async function cleanUpCounts(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('limit_counts')
    .where((eb) => eb.or([eb('until', '<=', now), isAhead(SPAN, now)]))
    .execute();
}
