import { setImmediate as breathe } from 'node:timers/promises';
import type { Database } from '../../../database/connect.js';
import type { KeyedHash } from '../../sealing.js';
import type { MessageShapes } from '../message-shapes.js';
import { proposalsOf } from './blocks.js';
import { createSearchErrors } from './error-texts.js';
import { isOpen } from './job-filter.js';
import { parseQuery, type SearchQuery, waysOf } from './query.js';
import { type IdRange, rangeOf, type SearchRange } from './range.js';
import { jobsOfRequest } from './request-ids.js';
import { createSearchRows, type SearchRows, SLICE, type Slice } from './rows.js';
import { INDEX_SIZES, type IndexSizes } from './volumes.js';

export interface JobSearch {
  /** Jobs that match: part of the recipient, the exact code, part of the message or of the error. */
  find(q: string, within: SearchRange): Promise<Found>;
  /** Which of these jobs match, newest first. */
  among(q: string, ids: number[]): Promise<number[]>;
  /** How far the index has got while much of it is still to be built, as job ids. Null: it is built. */
  building(): Promise<{ upTo: number; of: number } | null>;
}

export interface Found {
  /** Newest first. */
  ids: number[];
  /** A search looks at a bounded number of rows. The newest job that it did not reach; null: it reached them all. */
  rest: number | null;
}

/** Rows of jobs and entries of the index, per search: a few hundredths of a second on a busy machine. */
export const MAX_LOOKED_AT = 4 * SLICE;
/** On PostgreSQL a statement costs as much as some hundred rows. */
const WORTH_A_STATEMENT = 256;
/** How many blocks wait for their jobs to end, and for the index, on a busy day. */
const BLOCKS_BEHIND = 8;

/** The index only proposes; what matches is decided on the row of the job. */
export function createJobSearch(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  shapes: Pick<MessageShapes, 'all'>;
  codeHash: KeyedHash;
  sizes?: IndexSizes;
}): JobSearch {
  const { database, sizes = INDEX_SIZES } = deps;
  const { store } = database;
  const errors = createSearchErrors(store);

  const parsed = async (q: string) => parseQuery(q, await deps.shapes.all(), deps.codeHash);

  async function progress() {
    const { up_to: upTo, volumes } = await store
      .selectFrom('search_progress')
      .select(['up_to', 'volumes'])
      .executeTakeFirstOrThrow();
    return { upTo, volumes };
  }

  async function* slices(query: SearchQuery, range: IdRange): AsyncGenerator<Slice> {
    const rows = createSearchRows(database, query);
    if (query.request !== null) {
      const own = await jobsOfRequest(store, query.request.id, query.request.at);
      const within = own.filter((id) => id >= range.firstId && id <= range.lastId);
      return yield* check(rows, range, within, range.firstId);
    }
    // Few jobs are open at any time.
    if (isOpen(range.status)) {
      return yield* check(rows, range, await rows.open(range, MAX_LOOKED_AT + 1), range.firstId);
    }
    const ways = waysOf(query, await errors.containing(query.text), range.status);
    if (!ways) return yield* readAll(rows, range);
    const { upTo, volumes } = await progress();
    yield* readAll(rows, { ...range, firstId: Math.max(range.firstId, upTo + 1) });
    const indexed = { ...range, lastId: Math.min(range.lastId, upTo) };
    let proposed: number[] = [];
    for await (const { ids, downTo, looked } of proposalsOf(database, ways, indexed, {
      ...sizes,
      volumes,
    })) {
      proposed.push(...ids);
      yield { ids: [], looked, downTo: (proposed[0] ?? downTo - 1) + 1 };
      if (proposed.length < WORTH_A_STATEMENT) continue;
      yield* check(rows, range, proposed, downTo);
      proposed = [];
    }
    yield* check(rows, range, proposed, range.firstId);
  }

  return {
    async find(q, within) {
      const found: Found = { ids: [], rest: null };
      const range = await rangeOf(store, within);
      if (!range) return found;
      let left = MAX_LOOKED_AT;
      for await (const slice of slices(await parsed(q), range)) {
        found.ids.push(...slice.ids);
        left -= slice.looked;
        if (left < SLICE) return slice.downTo > range.firstId ? { ...found, rest: slice.downTo - 1 } : found;
        await breathe();
      }
      return found;
    },

    async among(q, ids) {
      const rows = createSearchRows(database, await parsed(q));
      const newestFirst = [...ids].sort((a, b) => b - a);
      const everything = { status: null, from: null, to: null, firstId: 0, lastId: Number.MAX_SAFE_INTEGER };
      const matching: number[] = [];
      for await (const slice of check(rows, everything, newestFirst, 0)) {
        matching.push(...slice.ids);
        await breathe();
      }
      return matching;
    },

    async building() {
      const newest = await store
        .selectFrom('jobs')
        .select('id')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      const { upTo } = await progress();
      const of = newest?.id ?? 0;
      return of - upTo > BLOCKS_BEHIND * sizes.blockJobs ? { upTo, of } : null;
    },
  };
}

/** Reads the rows of all jobs in the range. */
async function* readAll(rows: SearchRows, range: IdRange): AsyncGenerator<Slice> {
  for (let lastId = range.lastId; lastId >= range.firstId; ) {
    const slice = await rows.newest({ ...range, lastId });
    yield slice;
    lastId = slice.downTo - 1;
  }
}

/** Reads the rows of these jobs; no other job from `downTo` on can match. */
async function* check(
  rows: SearchRows,
  range: IdRange,
  ids: number[],
  downTo: number,
): AsyncGenerator<Slice> {
  for (let at = 0; at < ids.length; at += SLICE) {
    const chunk = ids.slice(at, at + SLICE);
    const isLast = at + SLICE >= ids.length;
    yield {
      ids: await rows.among(chunk, range),
      looked: chunk.length,
      downTo: isLast ? downTo : (chunk.at(-1) ?? downTo),
    };
  }
}
