import { performance } from 'node:perf_hooks';

export interface GroupCommitLimits {
  maxItems: number;
  maxWaitMs: number;
}

/** Gathers items that arrive together and hands them over at once; each caller gets the result of its own item. */
export interface GroupCommit<Item, Result> {
  add(item: Item): Promise<Result>;
  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void>;
}

/** A connection that was accepted in one turn brings its request in one of the next. */
const QUIET_TURNS = 4;
const LIMITS: GroupCommitLimits = { maxItems: 256, maxWaitMs: 2 };

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * One commit at a time. A batch closes when a few turns of the event loop brought nothing new: Node accepts one
 * connection per turn, so closing after the first would make every batch of clients without keep-alive a batch of one.
 * @param commit stores the items in one transaction and returns their results in the same order; if it throws, every
 * item of the batch fails with its error.
 */
export function createGroupCommit<Item, Result>(
  commit: (items: Item[]) => Promise<Result[]>,
  { maxItems, maxWaitMs }: GroupCommitLimits = LIMITS,
): GroupCommit<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await gathered();
      const batch = waiting.splice(0, maxItems);
      try {
        const results = await commit(batch.map(({ item }) => item));
        for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result);
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    running = null;
  }

  function gathered(): Promise<void> {
    return new Promise((resolve) => {
      const startedAt = performance.now();
      let seen = 0;
      let quietTurns = 0;
      const look = () => {
        quietTurns = waiting.length > seen ? 0 : quietTurns + 1;
        const mayWait = waiting.length < maxItems && performance.now() - startedAt < maxWaitMs;
        if (quietTurns === QUIET_TURNS || !mayWait) return resolve();
        seen = waiting.length;
        setImmediate(look);
      };
      look();
    });
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        running ??= run();
      }),
    idle: async () => {
      while (running) await running;
    },
  };
}
