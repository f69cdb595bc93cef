import { setImmediate as breathe } from 'node:timers/promises';
import type { Database } from '../../../database/connect.js';
import type { Clock } from '../../clock.js';
import { createBinding } from './binding.js';
import { createSearchErrors } from './error-texts.js';
import { marksOf } from './marks.js';
import { createPlaces } from './places.js';
import { INDEX_SIZES, type IndexSizes } from './volumes.js';

/**
 * Builds the search index in the background: a block of ids is indexed once all its jobs have ended and their codes have
 * been wiped, so that nothing more can happen to them. Jobs that are not in it yet are read directly.
 */
export interface SearchIndex {
  /** Indexes one block, yielding to the rest of the program; true = there may be more. */
  step(): Promise<boolean>;
}

/** One or two milliseconds of work each. */
const ROWS_AT_ONCE = 256;
const MARKS_AT_ONCE = 128;
/** PostgreSQL: concurrent transactions may commit in a different order than their jobs' ids. */
const MAX_COMMIT_MS = 30_000;

interface Block {
  number: number;
  firstId: number;
  lastId: number;
}

export function createSearchIndex(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  clock: Clock;
  sizes?: IndexSizes;
}): SearchIndex {
  const { clock, sizes = INDEX_SIZES } = deps;
  const { blockJobs } = sizes;
  const { store, kind } = deps.database;
  const errors = createSearchErrors(store);
  const binding = createBinding({ store, sizes });

  async function firstFrom(id: number) {
    const jobs = store.selectFrom('jobs').select(['id', 'created_at']).where('id', '>=', id);
    return await jobs.orderBy('id').limit(1).executeTakeFirst();
  }

  /** The next block with jobs, once no more can be added to it. */
  async function nextAfter(upTo: number): Promise<Block | null> {
    const next = await firstFrom(upTo + 1);
    if (!next) return null;
    const number = Math.floor(next.id / blockJobs);
    const firstId = number * blockJobs;
    const lastId = firstId + blockJobs - 1;
    const behind = await firstFrom(lastId);
    if (!behind) return null;
    const isYoung = Math.abs(clock.now() - behind.created_at) < MAX_COMMIT_MS;
    return kind === 'postgres' && isYoung ? null : { number, firstId, lastId };
  }

  async function rowsBelow(block: Block, below: number) {
    const jobs = store
      .selectFrom('jobs')
      .select(['id', 'recipient', 'code_hash', 'message_shape', 'status', 'error_code', 'error_message'])
      .select(({ eb, or }) => or([eb('finished_at', 'is', null), eb('body', 'is not', null)]).as('changing'))
      .where('id', '>=', block.firstId)
      .where('id', '<', below);
    return await jobs.orderBy('id', 'desc').limit(ROWS_AT_ONCE).execute();
  }

  /** Null when one of the jobs may still change. */
  async function marksIn(block: Block) {
    const places = createPlaces(blockJobs);
    for (let below = block.lastId + 1; ; ) {
      const rows = await rowsBelow(block, below);
      if (rows.some(({ changing }) => changing)) return null;
      for (const row of rows) {
        const { recipient, code_hash: codeHash, message_shape: shape, status, error_code: code } = row;
        const error = code === null ? null : await errors.idOf(code, row.error_message ?? '');
        places.add(row.id, marksOf({ recipient, codeHash, shape, status, error }));
      }
      if (rows.length < ROWS_AT_ONCE) return places.all();
      below = rows.at(-1)?.id ?? 0;
      await breathe();
    }
  }

  /** One commit. Only other users of the store wait, for a few milliseconds. */
  async function write(block: Block, marks: { mark: string; places: Buffer }[]): Promise<void> {
    await store.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('search_progress')
        .set({ up_to: block.lastId })
        .where('up_to', '<', block.lastId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return;
      for (let at = 0; at < marks.length; at += MARKS_AT_ONCE) {
        const rows = marks.slice(at, at + MARKS_AT_ONCE).map((row) => ({ block: block.number, ...row }));
        await trx
          .insertInto('search_marks')
          .values(rows)
          .onConflict((conflict) =>
            conflict
              .columns(['block', 'mark'])
              .doUpdateSet(({ ref }) => ({ places: ref('excluded.places') })),
          )
          .execute();
        await breathe();
      }
    });
  }

  return {
    async step() {
      const progress = store.selectFrom('search_progress').select('up_to');
      const { up_to: upTo } = await progress.executeTakeFirstOrThrow();
      if (await binding.next(upTo)) return true;
      const block = await nextAfter(upTo);
      const marks = block && (await marksIn(block));
      if (!marks) return false;
      await write(block, marks);
      return true;
    },
  };
}
