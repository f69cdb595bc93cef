import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { createdWithin, hasStatus, isOpen, type JobFilter } from '../search/job-filter.js';
import { rangeOf } from '../search/range.js';

/** How to go through the jobs of a filter that the counters do not cover. */
export interface JobScan {
  where: RawBuilder<SqlBool>;
  /** Oldest first. */
  order: ('id' | '+id' | 'created_at')[];
  /** For a long period, what is outside it: quicker to count than what is inside. */
  outside: RawBuilder<SqlBool>[] | null;
}

type Times = Pick<JobFilter, 'from' | 'to'>;

/** Null: the filter's times exclude nothing, and the counters suffice. Ignores `q`. */
export async function scanOf(store: Store, filter: JobFilter): Promise<JobScan | null> {
  const { status } = filter;
  if (isOpen(status)) {
    // Few, found through jobs_open. `+` keeps the database from walking through all jobs by order or time instead.
    const created = createdWithin(filter, '+created_at');
    const where = sql<SqlBool>`finished_at IS NULL AND ${hasStatus(status)} AND ${created}`;
    return { where, order: ['+id'], outside: null };
  }
  if (filter.from === null && filter.to === null) return null;
  const { share, ...times } = await narrow(store, filter);
  if (times.from === null && times.to === null) return null;
  // Exactly the matching entries of jobs_created. Where the clock was set back, jobs are ordered by time.
  const within = async (part: Times) =>
    status === null ? createdWithin(part) : await finishedWithin(store, { status, ...part });
  const before = times.from === null ? null : { from: null, to: times.from };
  const after = times.to === null ? null : { from: times.to, to: null };
  const others = [before, after].filter((part) => part !== null);
  return {
    where: await within(times),
    order: status === null ? ['created_at', 'id'] : ['id'],
    outside: share > 0.5 ? await Promise.all(others.map(within)) : null,
  };
}

/** Jobs that have ended, by id: found through jobs_finished, or without a status through the table itself. */
export async function finishedWithin(
  store: Store,
  filter: Omit<JobFilter, 'q'>,
): Promise<RawBuilder<SqlBool>> {
  const range = await rangeOf(store, filter);
  return sql<SqlBool>`finished_at IS NOT NULL AND ${hasStatus(filter.status)}
    AND id BETWEEN ${range?.firstId ?? 0} AND ${range?.lastId ?? 0} AND ${createdWithin(filter, '+created_at')}`;
}

/** The times without bounds that exclude nothing; `share`: roughly their part of the time that all jobs span. */
async function narrow(store: Store, { from, to }: Times): Promise<Times & { share: number }> {
  const { rows } = await sql<{ oldest: number | null; newest: number | null }>`
    SELECT (SELECT MIN(created_at) FROM jobs) AS oldest, (SELECT MAX(created_at) FROM jobs) AS newest`.execute(
    store,
  );
  const oldest = rows[0]?.oldest ?? 0;
  const newest = rows[0]?.newest ?? 0;
  const spanMs = Math.min(to ?? newest, newest) - Math.max(from ?? oldest, oldest);
  return {
    from: from !== null && from > oldest ? from : null,
    to: to !== null && to <= newest ? to : null,
    share: spanMs / Math.max(1, newest - oldest),
  };
}
