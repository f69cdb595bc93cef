import { AppError } from '../../errors.js';

/** Hashing is slow by design; this many at once leave time for everything else. */
const MAX_AT_ONCE = 4;
/** More than this many waiting is an attack or a rush; the rest are told to come back. */
const MAX_WAITING = 200;
/** One address never has more than half of what can be done at once. */
const MAX_AT_ONCE_EACH = 2;
/** More from one address is refused at once: nobody else waits for it. */
const MAX_WAITING_EACH = 4;
const BUSY_RETRY_SECONDS = 2;

/** Does costly work a few pieces at a time: a piece for each address in turn, however many another one brings. */
interface Turns {
  /**
   * Rejects with too_busy while too much waits, of this address or in all.
   * @param options.begun it belongs to something that had its turn already: it waits, but is not refused.
   */
  take<T>(address: string, work: () => Promise<T>, options?: { begun: boolean }): Promise<T>;
}

interface Line {
  running: number;
  waiting: (() => void)[];
}

export function createTurns(): Turns {
  /** Of the addresses that have something to do, in the order of their next turns. */
  const lines = new Map<string, Line>();
  let running = 0;
  let waiting = 0;

  const mayBegin = (line: Line) => running < MAX_AT_ONCE && line.running < MAX_AT_ONCE_EACH;

  /** The others come first now. */
  function toTheEnd(address: string, line: Line): void {
    lines.delete(address);
    if (line.running + line.waiting.length > 0) lines.set(address, line);
  }

  function begin(address: string, line: Line): void {
    running++;
    line.running++;
    toTheEnd(address, line);
  }

  function end(address: string, line: Line): void {
    running--;
    line.running--;
    toTheEnd(address, line);
    for (const [other, next] of lines) {
      const go = mayBegin(next) ? next.waiting.shift() : undefined;
      if (!go) continue;
      waiting--;
      begin(other, next);
      go();
      return;
    }
  }

  return {
    async take(address, work, { begun } = { begun: false }) {
      const line = lines.get(address) ?? { running: 0, waiting: [] };
      if (mayBegin(line)) {
        begin(address, line);
      } else {
        if (!begun && (waiting >= MAX_WAITING || line.waiting.length >= MAX_WAITING_EACH)) throw tooBusy();
        lines.set(address, line);
        waiting++;
        await new Promise<void>((resolve) => line.waiting.push(resolve));
      }
      try {
        return await work();
      } finally {
        end(address, line);
      }
    },
  };
}

function tooBusy(): AppError {
  return new AppError('too_busy', 'Too many sign-ins at the moment. Please try again shortly.', {
    retryAfterSeconds: BUSY_RETRY_SECONDS,
  });
}
