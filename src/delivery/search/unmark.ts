import { type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { recipientMarks } from './marks.js';
import { withoutJobs } from './places.js';
import { bound, INDEX_SIZES, type IndexSizes, unbound } from './volumes.js';

/** A job with the recipient that it had. */
export interface Unmarked {
  id: number;
  recipient: string;
}

/** Takes these recipients out of the index, as far as it has got. */
export async function unmarkRecipients(
  trx: Store,
  jobs: Unmarked[],
  sizes: IndexSizes = INDEX_SIZES,
): Promise<void> {
  const blocks = new Map<number, Unmarked[]>();
  for (const job of jobs) {
    const block = Math.floor(job.id / sizes.blockJobs);
    blocks.set(block, [...(blocks.get(block) ?? []), job]);
  }
  for (const [block, marked] of blocks) {
    const marks = [...new Set(marked.flatMap(({ recipient }) => recipientMarks(recipient)))];
    const gone = new Set(marked.map(({ id }) => id % sizes.blockJobs));
    if (marks.length === 0) continue;
    await unmarkBlock(trx, block, marks, gone);
    await unmarkVolume(trx, block, marks, gone, sizes);
  }
}

async function unmarkBlock(trx: Store, block: number, marks: string[], gone: Set<number>): Promise<void> {
  const rows = await trx
    .selectFrom('search_marks')
    .select(['mark', 'places'])
    .where('block', '=', block)
    .where('mark', 'in', marks)
    .execute();
  for (const { mark, places } of rows) {
    const left = withoutJobs(places, gone);
    if (left.length === places.length) continue;
    const row = { block, mark };
    // An empty one could not be bound.
    if (left.length === 0) await trx.deleteFrom('search_marks').where(isRow(row)).execute();
    else await trx.updateTable('search_marks').set({ places: left }).where(isRow(row)).execute();
  }
}

async function unmarkVolume(
  trx: Store,
  block: number,
  marks: string[],
  gone: Set<number>,
  { volumeBlocks }: IndexSizes,
): Promise<void> {
  const volume = Math.floor(block / volumeBlocks);
  const rows = await trx
    .selectFrom('search_volumes')
    .select(['mark', 'places'])
    .where('volume', '=', volume)
    .where('mark', 'in', marks)
    .execute();
  for (const { mark, places } of rows) {
    const blocks = unbound(places);
    const here = blocks.get(block % volumeBlocks);
    if (!here) continue;
    const left = withoutJobs(here, gone);
    if (left.length === 0) blocks.delete(block % volumeBlocks);
    else blocks.set(block % volumeBlocks, left);
    const row = { volume, mark };
    if (blocks.size === 0) await trx.deleteFrom('search_volumes').where(isRow(row)).execute();
    else
      await trx
        .updateTable('search_volumes')
        .set({ places: bound(blocks) })
        .where(isRow(row))
        .execute();
  }
}

function isRow(row: Record<string, string | number>) {
  const columns = Object.entries(row).map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  return sql<SqlBool>`${sql.join(columns, sql` AND `)}`;
}
