/** Items that are written together: what comes while a batch is written waits for the next one. */
export interface Batches<T> {
  /**
   * Resolves once it is written; rejects when its batch could not be. What has the key of one that waits is written with
   * it, once.
   */
  add(key: string, item: T): Promise<void>;
}

/** Bounds how long one batch holds the database. */
const MAX_ITEMS = 100;

export function createBatches<T>(write: (batch: T[]) => Promise<void>): Batches<T> {
  const waiting = new Map<string, Entry<T>>();
  let isWriting = false;

  async function writeAll(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    // Those of the same turn come together.
    await Promise.resolve();
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, MAX_ITEMS);
      for (const [key] of batch) waiting.delete(key);
      const entries = batch.map(([, entry]) => entry);
      const written = write(entries.map(({ item }) => item));
      await written.then(
        () => entries.map(({ done }) => done()),
        (error: unknown) => entries.map(({ failed }) => failed(error)),
      );
    }
    isWriting = false;
  }

  return {
    add(key, item) {
      const entry = waiting.get(key) ?? newEntry(item);
      waiting.set(key, entry);
      void writeAll();
      return entry.written;
    },
  };
}

interface Entry<T> {
  item: T;
  written: Promise<void>;
  done(): void;
  failed(error: unknown): void;
}

function newEntry<T>(item: T): Entry<T> {
  let done = () => {};
  let failed: (error: unknown) => void = () => {};
  const written = new Promise<void>((resolve, reject) => {
    done = resolve;
    failed = reject;
  });
  return { item, written, done, failed };
}
