import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import type { KeyVariable, Store } from '../../database/schema.js';

/** A secret of the configuration, and the one of before. */
export interface Replaced {
  variable: KeyVariable;
  present: string;
  previous: string;
}

export interface Change {
  id: string;
  variable: KeyVariable;
  /** Unix ms: when a start first had both secrets. */
  beganAt: number;
  isNew: boolean;
}

/** The changes that are under way, remembered over restarts; those that are not any more are forgotten. */
export async function noteChanges(store: Store, replaced: Replaced[], now: number): Promise<Change[]> {
  const wanted = replaced.map((each) => ({ id: idOf(each), variable: each.variable, began_at: now }));
  const ids = wanted.map(({ id }) => id);
  await store
    .deleteFrom('key_changes')
    .$if(ids.length > 0, (gone) => gone.where('id', 'not in', ids))
    .execute();
  if (wanted.length === 0) return [];
  const made = await store
    .insertInto('key_changes')
    .values(wanted)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  const rows = await store.selectFrom('key_changes').selectAll().execute();
  return rows.map(({ id, variable, began_at: beganAt }) => ({
    id,
    variable,
    beganAt,
    isNew: made.some((row) => row.id === id),
  }));
}

/** True once: every value has been looked at. */
export async function finish(store: Store, id: string, now: number): Promise<boolean> {
  const finished = await store
    .updateTable('key_changes')
    .set({ finished_at: now })
    .where('id', '=', id)
    .where('finished_at', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('resealed')
            .select(sql.lit(1).as('one'))
            .whereRef('resealed.change', '=', 'key_changes.id')
            .where('resealed.finished_at', 'is', null),
        ),
      ),
    )
    .executeTakeFirst();
  return finished.numUpdatedRows === 1n;
}

/** How many values there are to seal anew, how many have been looked at, and how many of those open with neither key. */
export async function sealedOf(store: Store, id: string) {
  const rows = await store.selectFrom('resealed').selectAll().where('change', '=', id).execute();
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    // New ones come meanwhile.
    total: sum((row) => Math.max(row.total, row.seen)),
    seen: sum((row) => row.seen),
    unreadable: sum((row) => row.unreadable),
    isDone: rows.every((row) => row.finished_at !== null),
  };
}

/** Keyed by a secret, so that it tells nothing. The new line keeps it apart from what JWT_SECRET signs. */
function idOf({ variable, present, previous }: Replaced): string {
  return createHmac('sha256', present).update(`${variable}\n${previous}`).digest('hex');
}
