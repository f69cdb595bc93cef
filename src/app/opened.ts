/** What has been opened so far, to be closed in reverse order. */
export interface Opened {
  add(close: () => unknown): void;
  /** Closes all of it, whatever fails on the way; rejects with what failed. A second call has nothing left to do. */
  close(): Promise<void>;
}

export function createOpened(): Opened {
  const closers: (() => unknown)[] = [];
  return {
    add: (close) => void closers.push(close),
    async close() {
      const failures: unknown[] = [];
      for (let close = closers.pop(); close; close = closers.pop()) {
        try {
          await close();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 1) throw new AggregateError(failures, 'Several parts could not be closed.');
      if (failures.length === 1) throw failures[0];
    },
  };
}
