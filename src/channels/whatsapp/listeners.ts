import type { Log } from '../../log.js';

/** A list of listeners; one that throws harms neither the others nor the one who tells. */
export interface Listeners<T> {
  add(listener: (value: T) => void): () => void;
  tell(value: T): void;
}

export function createListeners<T>(log: Log): Listeners<T> {
  const all = new Set<(value: T) => void>();
  return {
    add(listener) {
      all.add(listener);
      return () => all.delete(listener);
    },
    tell(value) {
      for (const listener of all) {
        try {
          listener(value);
        } catch (error) {
          log.error('a listener of the WhatsApp sender failed', { error });
        }
      }
    },
  };
}
