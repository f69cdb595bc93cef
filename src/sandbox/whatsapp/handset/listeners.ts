import type { Clock } from '../../../clock.js';
import type { Message } from './handset.js';

/** Listeners for messages. */
export interface Listeners {
  tell(message: Message): void;
  onMessage(listener: (message: Message) => void): () => void;
  /** Looks through `past` first, then waits. */
  waitFor(matches: (message: Message) => boolean, timeoutMs: number, past: Message[]): Promise<Message>;
}

export function createListeners(clock: Clock): Listeners {
  const listeners = new Set<(message: Message) => void>();

  const onMessage = (listener: (message: Message) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  return {
    tell(message) {
      for (const listener of listeners) listener(message);
    },
    onMessage,
    waitFor: (matches, timeoutMs, past) =>
      new Promise((resolve, reject) => {
        const found = past.find(matches);
        if (found) return resolve(found);
        const stop = onMessage((message) => {
          if (!matches(message)) return;
          timer.cancel();
          stop();
          resolve(message);
        });
        const timer = clock.after(timeoutMs, () => {
          stop();
          reject(new Error(`No such message within ${timeoutMs} ms`));
        });
      }),
  };
}
