import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import { textSearchOf } from '../../database/text-search.js';
import { isOpen } from './job-filter.js';
import type { MessageShapes } from './message-shapes.js';
import { statusMarks } from './search-document.js';
import { matches, needles, parseQuery } from './search-query.js';
import { inRange, rangeOf, type SearchRange } from './search-range.js';

export interface JobSearch {
  /**
   * Ids of the jobs that match, newest first, at most `limit`: part of the phone number, the exact code, part of the
   * message or of the error. One or two characters are looked for in the newest 10,000 jobs only.
   */
  find(q: string, within: SearchRange, limit: number): Promise<number[]>;
}

const MOST_WITHOUT_INDEX = 10_000;

/** The index only proposes; what matches is decided on the row of the job. */
export function createJobSearch(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  shapes: Pick<MessageShapes, 'all'>;
  codeHash: (code: string) => string;
}): JobSearch {
  const { store, kind } = deps.database;
  const search = textSearchOf(kind);

  async function idsOf(query: RawBuilder<{ id: number }>): Promise<number[]> {
    return (await query.execute(store)).rows.map(({ id }) => id);
  }

  return {
    async find(q, within, limit) {
      const query = parseQuery(q, await deps.shapes.all(), deps.codeHash);
      const range = await rangeOf(store, within);
      if (!range) return [];

      const match = matches(query, search);
      /** Reads the rows of jobs, without the index. */
      const read = (which: RawBuilder<boolean>, among = range) =>
        idsOf(sql`SELECT id FROM jobs WHERE ${which} AND ${inRange(among)} AND ${match}
          ORDER BY id DESC LIMIT ${limit}`);

      // Few jobs are open at any time.
      if (isOpen(within.status)) {
        return read(sql`id IN (SELECT id FROM jobs WHERE finished_at IS NULL)`);
      }
      const anyOf = needles(query);
      if (!anyOf) {
        return read(sql`id IN (SELECT id FROM jobs WHERE ${inRange(range)} ORDER BY id DESC
          LIMIT ${MOST_WITHOUT_INDEX})`);
      }
      // In this order: what the index takes in meanwhile is found twice rather than not at all.
      const { up_to: upTo } = await store
        .selectFrom('search_progress')
        .select('up_to')
        .executeTakeFirstOrThrow();
      const newer = await read(sql`TRUE`, { ...range, firstId: Math.max(range.firstId, upTo + 1) });
      if (newer.length === limit) return newer;
      const changed = await read(sql`id IN (SELECT job_id FROM search_backlog)`);
      const indexed = await idsOf(sql`SELECT jobs.id FROM ${search.documents}
        WHERE ${search.mayContain(anyOf, statusMarks(within.status))}
          AND ${search.documentId} BETWEEN CAST(${range.firstId} AS BIGINT) AND CAST(${range.lastId} AS BIGINT)
          AND ${inRange(range)} AND ${match}
        ORDER BY ${search.documentId} DESC LIMIT ${limit}`);
      return [...new Set([...newer, ...changed, ...indexed])].sort((a, b) => b - a).slice(0, limit);
    },
  };
}
