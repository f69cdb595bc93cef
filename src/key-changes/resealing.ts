import type { Database } from '../../database/connect.js';
import type { Clock } from '../clock.js';
import { SealBroken, type Sealing } from '../sealing.js';
import {
  countSealed,
  nextSealed,
  partOf,
  putSealed,
  SEALED_COLUMNS,
  type SealedColumn,
  type SealedRow,
} from './sealed-columns.js';

/** Seals every stored value with the present key, a few at a time; a restart goes on where the last run was. */
export interface Resealing {
  /** Deals with the next few values. False: there are none left. */
  step(): Promise<boolean>;
}

const ROWS_PER_STEP = 100;

/** @param deps.change the id of the change: the key of before is in `sealing`. */
export function createResealing(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  clock: Clock;
  sealing: Sealing;
  change: string;
}): Resealing {
  const { database, clock, sealing, change } = deps;
  const { store, kind } = database;
  let begun = false;
  const sealers = new Map(SEALED_COLUMNS.map((column) => [column, sealing.sealer(column.label)]));

  /** On SQLite the rows share a commit. On PostgreSQL locks on several rows could cross those of others. */
  const together = (run: (db: typeof store) => Promise<void>) =>
    kind === 'sqlite' ? store.transaction().execute(run) : run(store);

  /** The value under the present key, null: it is already, or why not. */
  function renewed(column: SealedColumn, { sealed, context }: SealedRow): string | null | SealBroken {
    try {
      return sealers.get(column)?.renew(sealed, context) ?? null;
    } catch (error) {
      if (error instanceof SealBroken) return error;
      throw error;
    }
  }

  /** Counts what there is to do; an earlier run may have. */
  async function begin(): Promise<void> {
    for (const column of SEALED_COLUMNS) {
      const total = await countSealed(store, column);
      await store
        .insertInto('resealed')
        .values({ change, part: partOf(column), total, seen: 0, unreadable: 0, up_to: '' })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }

  async function unfinished() {
    const rows = await store
      .selectFrom('resealed')
      .select(['part', 'up_to'])
      .where('change', '=', change)
      .where('finished_at', 'is', null)
      .execute();
    for (const column of SEALED_COLUMNS) {
      const row = rows.find(({ part }) => part === partOf(column));
      if (row) return { column, upTo: row.up_to };
    }
    return null;
  }

  return {
    async step() {
      if (!begun) await begin();
      begun = true;
      const next = await unfinished();
      if (!next) return false;
      const { column, upTo } = next;
      const after = upTo === '' ? null : (JSON.parse(upTo) as SealedRow['key']);
      const rows = await nextSealed(store, column, after, ROWS_PER_STEP);
      const last = rows.at(-1);
      await together(async (db) => {
        let unreadable = 0;
        for (const row of rows) {
          const value = renewed(column, row);
          if (value instanceof SealBroken) unreadable++;
          else if (value !== null) await putSealed(db, column, row, value);
        }
        // Of several processes that did the same step, one counts it.
        await db
          .updateTable('resealed')
          .set((eb) => ({
            seen: eb('seen', '+', rows.length),
            unreadable: eb('unreadable', '+', unreadable),
            up_to: last ? JSON.stringify(last.key) : upTo,
            finished_at: rows.length < ROWS_PER_STEP ? clock.now() : null,
          }))
          .where('change', '=', change)
          .where('part', '=', partOf(column))
          .where('up_to', '=', upTo)
          .where('finished_at', 'is', null)
          .execute();
      });
      return true;
    },
  };
}
