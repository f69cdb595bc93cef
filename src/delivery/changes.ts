/** Tells listeners that something about a job or a code may have changed: never what, and never before it is stored. */
export interface Changes {
  notify(): void;
  /** `listener` runs within the work of the queue: it must be quick and must not throw. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
}

export function createChanges(): Changes {
  const listeners = new Set<() => void>();
  return {
    notify() {
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      // The same function may be subscribed twice.
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
