import { setImmediate as breathe } from 'node:timers/promises';
import type { Store } from '../../../database/schema.js';
import { bound, type IndexSizes } from './volumes.js';

const MARKS_AT_ONCE = 64;

/** Binds the blocks of the search index, once there are enough of them, into volumes. */
export interface Binding {
  /** Binds a volume if all its blocks are full; resolves with whether it did. @param upTo the last id in the blocks. */
  next(upTo: number): Promise<boolean>;
}

export function createBinding({ store, sizes }: { store: Store; sizes: IndexSizes }): Binding {
  const { blockJobs, volumeBlocks } = sizes;

  /** The lowest block number. */
  async function firstBlock(from: number): Promise<number | null> {
    const blocks = store.selectFrom('search_marks').select('block').where('block', '>=', from);
    return (await blocks.orderBy('block').limit(1).executeTakeFirst())?.block ?? null;
  }

  async function placesIn(volume: number): Promise<Map<string, Map<number, Buffer>>> {
    const marks = new Map<string, Map<number, Buffer>>();
    for (let n = 0; n < volumeBlocks; n++) {
      const rows = await store
        .selectFrom('search_marks')
        .select(['mark', 'places'])
        .where('block', '=', volume * volumeBlocks + n)
        .execute();
      for (const { mark, places } of rows) {
        marks.set(mark, (marks.get(mark) ?? new Map<number, Buffer>()).set(n, places));
      }
      await breathe();
    }
    return marks;
  }

  async function write(volume: number, marks: Map<string, Map<number, Buffer>>): Promise<void> {
    const sorted = [...marks.keys()].sort();
    for (let at = 0; at < sorted.length; at += MARKS_AT_ONCE) {
      const rows = sorted
        .slice(at, at + MARKS_AT_ONCE)
        .map((mark) => ({ volume, mark, places: bound(marks.get(mark) ?? new Map()) }));
      await store
        .insertInto('search_volumes')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['volume', 'mark']).doUpdateSet(({ ref }) => ({ places: ref('excluded.places') })),
        )
        .execute();
      await breathe();
    }
  }

  /** A search that began before they were bound may still read them: they are removed when the next volume is bound. */
  async function removeBlocks(below: number): Promise<void> {
    for (;;) {
      const block = await firstBlock(0);
      if (block === null || block >= below) return;
      await store.deleteFrom('search_marks').where('block', '=', block).execute();
      await breathe();
    }
  }

  return {
    async next(upTo) {
      const { volumes } = await store
        .selectFrom('search_progress')
        .select('volumes')
        .executeTakeFirstOrThrow();
      const block = await firstBlock(volumes * volumeBlocks);
      if (block === null) return false;
      const volume = Math.floor(block / volumeBlocks);
      if (upTo < (volume + 1) * volumeBlocks * blockJobs - 1) return false;
      await removeBlocks(volumes * volumeBlocks);
      await write(volume, await placesIn(volume));
      await store
        .updateTable('search_progress')
        .set({ volumes: volume + 1 })
        .where('volumes', '=', volumes)
        .execute();
      return true;
    },
  };
}
