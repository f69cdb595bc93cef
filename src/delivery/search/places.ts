import { ANYWHERE, type Mark, type Term } from './marks.js';

/** Of 16 bits; the others are for the job's place in its block. */
const PLACE_BITS = 5;
const PLACE_MASK = 31;
const NO_ENTRIES = Buffer.alloc(0);

/** Collects the marks of the jobs in a block of so many ids. */
export function createPlaces(blockJobs: number) {
  const entries = new Map<string, number[]>();
  return {
    add(jobId: number, marks: Mark[]): void {
      const job = (jobId % blockJobs) << PLACE_BITS;
      for (const [mark, place] of marks) {
        const list = entries.get(mark);
        if (!list) entries.set(mark, [job | place]);
        else if (list.at(-1) !== (job | place)) list.push(job | place);
      }
    },

    /** In the order of the marks. */
    all(): { mark: string; places: Buffer }[] {
      const marks = [...entries.keys()].sort();
      return marks.map((mark) => ({ mark, places: encoded(entries.get(mark) ?? []) }));
    },
  };
}

/**
 * The jobs of a block, by their place in it, newest first, that have all the terms of one way or another.
 * @param places of the block's marks; those that no job has are left out.
 */
export function jobsIn(places: Map<string, Buffer>, ways: Term[][]): number[] {
  const jobs = new Set<number>();
  for (const terms of ways) {
    for (const job of withAll(places, terms).keys()) jobs.add(job);
  }
  return [...jobs].sort((a, b) => b - a);
}

/** For each job that has all the terms: where a text of them can begin. */
function withAll(places: Map<string, Buffer>, terms: Term[]): Map<number, number> {
  const lists = terms.map(({ mark, beginnings }) => ({ list: places.get(mark) ?? NO_ENTRIES, beginnings }));
  // The shortest first: the others are only asked about those that it leaves.
  lists.sort((a, b) => a.list.length - b.list.length);
  let left: Map<number, number> | null = null;
  for (const { list, beginnings } of lists) {
    const here = new Map<number, number>();
    for (let at = 0; at < list.length; at += 2) {
      const entry = list.readUInt16LE(at);
      const job = entry >> PLACE_BITS;
      const before: number | undefined = left ? left.get(job) : ANYWHERE;
      if (before === undefined) continue;
      const possible = beginnings(entry & PLACE_MASK) & before;
      if (possible !== 0) here.set(job, (here.get(job) ?? 0) | possible);
    }
    if (here.size === 0) return here;
    left = here;
  }
  return left ?? new Map();
}

function encoded(entries: number[]): Buffer {
  const bytes = Buffer.alloc(entries.length * 2);
  entries.forEach((entry, at) => {
    bytes.writeUInt16LE(entry, at * 2);
  });
  return bytes;
}
