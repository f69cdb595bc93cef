import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../../database/connect.js';
import { textSearchOf } from '../../../database/queries/text-search.js';
import type { Term } from './marks.js';
import { jobsIn } from './places.js';
import type { IdRange } from './range.js';
import { SLICE } from './rows.js';
import { type IndexSizes, unbound } from './volumes.js';

/** Jobs that the index proposes: no other job down to `downTo` can match. */
export interface Proposal {
  /** Newest first. */
  ids: number[];
  downTo: number;
  /** How many index entries were requested. */
  looked: number;
}

/** A table of the index: each row holds the entries of a mark in this many blocks. */
interface Shelf {
  rows: RawBuilder<{ at: number; mark: string; places: Buffer }>;
  blocks: number;
  range: IdRange;
  unpack(row: { at: number; places: Buffer }): Iterable<[block: number, places: Buffer]>;
}

const FIRST_BLOCKS = 4;
/** Lists (one per mark and block) for one statement: as many as can be read in a few milliseconds. */
const MAX_LISTS = 2048;

/**
 * From the newest block to the oldest: a few at first, which is enough for common marks, then more at a time.
 * @param volumes how many are bound; newer entries are in blocks.
 */
export async function* proposalsOf(
  { store, kind }: Pick<Database, 'store' | 'kind'>,
  ways: Term[][],
  range: IdRange,
  { volumes, blockJobs, volumeBlocks }: IndexSizes & { volumes: number },
): AsyncGenerator<Proposal> {
  const dialect = textSearchOf(kind);
  const marks = [...new Set(ways.flat().map(({ mark }) => mark))];

  async function placesIn(shelf: Shelf, numbers: number[]): Promise<Map<number, Map<string, Buffer>>> {
    const { rows } = await sql<{ at: number; mark: string; places: Buffer }>`
      SELECT at, mark, places FROM (${shelf.rows}) AS rows
      WHERE ${dialect.isOneOf(sql`at`, numbers)} AND ${dialect.isOneOf(sql`mark`, marks)}`.execute(store);
    const found = new Map<number, Map<string, Buffer>>();
    for (const row of rows) {
      for (const [block, places] of shelf.unpack(row)) {
        found.set(block, (found.get(block) ?? new Map<string, Buffer>()).set(row.mark, places));
      }
    }
    return found;
  }

  async function* from(shelf: Shelf): AsyncGenerator<Proposal> {
    const { firstId, lastId } = shelf.range;
    const jobs = shelf.blocks * blockJobs;
    const first = Math.floor(firstId / jobs);
    const maxBlocks = Math.min(SLICE, MAX_LISTS / shelf.blocks) / marks.length;
    let last = lastId < firstId ? first - 1 : Math.floor(lastId / jobs);
    let size = Math.max(1, Math.floor(Math.min(FIRST_BLOCKS, maxBlocks)));
    for (; last >= first; size = size * 2 <= maxBlocks ? size * 2 : size) {
      const numbers = Array.from({ length: Math.min(size, last - first + 1) }, (_, n) => last - n);
      const places = await placesIn(shelf, numbers);
      let ids: number[] = [];
      let looked = numbers.length * marks.length;
      for (const [block, marked] of [...places].sort(([a], [b]) => b - a)) {
        ids.push(...jobsIn(marked, ways).map((job) => block * blockJobs + job));
        if (ids.length < SLICE) continue;
        yield { ids: within(shelf.range, ids), downTo: Math.max(firstId, block * blockJobs), looked };
        ids = [];
        looked = 0;
      }
      last -= numbers.length;
      yield { ids: within(shelf.range, ids), downTo: Math.max(firstId, (last + 1) * jobs), looked };
    }
  }

  const bound = volumes * volumeBlocks * blockJobs;
  yield* from({
    rows: sql`SELECT block AS at, mark, places FROM search_marks`,
    blocks: 1,
    range: { ...range, firstId: Math.max(range.firstId, bound) },
    unpack: ({ at, places }) => [[at, places]],
  });
  yield* from({
    rows: sql`SELECT volume AS at, mark, places FROM search_volumes`,
    blocks: volumeBlocks,
    range: { ...range, lastId: Math.min(range.lastId, bound - 1) },
    unpack: ({ at, places }) =>
      [...unbound(places)].map(([block, part]) => [at * volumeBlocks + block, part]),
  });
}

function within({ firstId, lastId }: IdRange, ids: number[]): number[] {
  return ids.filter((id) => id >= firstId && id <= lastId);
}
