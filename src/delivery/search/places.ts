import { ANYWHERE, type Mark, type Term } from './marks.js';

/** Of 16 bits; the rest are the job's place in its block. */
const PLACE_BITS = 5;
const PLACE_MASK = 31;
const NO_ENTRIES = Buffer.alloc(0);

/** Collects the marks of the jobs in a block of this many ids. */
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

    /** Sorted by mark. */
    all(): { mark: string; places: Buffer }[] {
      const marks = [...entries.keys()].sort();
      return marks.map((mark) => ({ mark, places: encoded(entries.get(mark) ?? []) }));
    },
  };
}

/**
 * The jobs of a block, by their place in it, newest first, that have all the terms of at least one way.
 * @param places of the block's marks; marks that no job has are missing.
 */
export function jobsIn(places: Map<string, Buffer>, ways: Term[][]): number[] {
  const jobs = new Set<number>();
  for (const terms of ways) {
    for (const job of withAll(places, terms).keys()) jobs.add(job);
  }
  return [...jobs].sort((a, b) => b - a);
}

/** For each job that has all the terms: where their text can begin. */
function withAll(places: Map<string, Buffer>, terms: Term[]): Map<number, number> {
  const lists = terms.map(({ mark, beginnings }) => ({ list: places.get(mark) ?? NO_ENTRIES, beginnings }));
  // The shortest first: the others are only checked for the jobs that it leaves.
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

/** A mark's list without the entries of these jobs, which are given by their place in the block. */
export function withoutJobs(list: Buffer, jobs: ReadonlySet<number>): Buffer {
  const left: number[] = [];
  for (let at = 0; at < list.length; at += 2) {
    const entry = list.readUInt16LE(at);
    if (!jobs.has(entry >> PLACE_BITS)) left.push(entry);
  }
  return encoded(left);
}

function encoded(entries: number[]): Buffer {
  const bytes = Buffer.alloc(entries.length * 2);
  entries.forEach((entry, at) => {
    bytes.writeUInt16LE(entry, at * 2);
  });
  return bytes;
}
