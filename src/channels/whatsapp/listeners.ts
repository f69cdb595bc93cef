import type { Log } from '../../log.js';

/** A list of listeners; a failing one affects neither the others nor the caller. */
export interface Listeners<T> {
  add(listener: (value: T) => unknown): () => void;
  /** Calls all of them at once. Never rejects; resolves when they are done. */
  tell(value: T): Promise<void>;
}

export function createListeners<T>(log: Log): Listeners<T> {
  const all = new Set<(value: T) => unknown>();
  return {
    add(listener) {
      all.add(listener);
      return () => all.delete(listener);
    },
    async tell(value) {
      const heard = [...all].map(async (listener) => {
        try {
          await listener(value);
        } catch (error) {
          log.error('a listener of the WhatsApp sender failed', { error });
        }
      });
      await Promise.all(heard);
    },
  };
}
