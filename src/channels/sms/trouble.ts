import { type Clock, type Timer, watchSteps } from '../../clock.js';

/** The provider takes nothing from us. */
export interface SmsTrouble {
  /** When the first failed attempt began, Unix ms. Nothing was taken since. */
  since: number;
  /** What is wrong, for an operator. */
  sentence: string;
  /** It will not pass by itself. */
  needsPerson: boolean;
  /** Until then nothing is tried; after it the next message finds out. Unix ms. */
  nextTryAt: number;
}

export interface SmsTroubles {
  now(): SmsTrouble | null;
  /** Nothing is to be tried now. */
  isShut(): boolean;
  /** The provider has decided about a message. */
  over(): void;
  note(trouble: Pick<SmsTrouble, 'sentence' | 'needsPerson'> & { startedAt: number }): void;
  onChange(listener: () => void): () => void;
  stop(): void;
}

const PASSING = { firstMs: 1_000, maxMs: 30_000 };
/** A provider that refuses our key, or has no credit for us, is not asked more often. */
const PERSON = { firstMs: 30_000, maxMs: 300_000 };

/** Nothing is sent to find out: what a provider takes costs money. The next message is the question. */
export function createSmsTroubles(clock: Clock): SmsTroubles {
  const listeners = new Set<() => void>();
  const movedMs = watchSteps(clock);
  let trouble: SmsTrouble | null = null;
  let tries = 0;
  let timer: Timer | null = null;
  let stopped = false;

  /** Its times are shifted when the clock is set. */
  function current(): SmsTrouble | null {
    const ms = movedMs();
    if (trouble && ms !== 0) {
      trouble = { ...trouble, since: trouble.since + ms, nextTryAt: trouble.nextTryAt + ms };
    }
    return trouble;
  }

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function isShut(): boolean {
    const found = current();
    return found !== null && found.nextTryAt > clock.now();
  }

  return {
    now: current,
    isShut,

    over() {
      timer?.cancel();
      tries = 0;
      if (trouble === null) return;
      trouble = null;
      tell();
    },

    note({ sentence, needsPerson, startedAt }) {
      // Of what was under way together, one counts.
      if (stopped || (isShut() && trouble?.needsPerson === needsPerson)) return;
      const { firstMs, maxMs } = needsPerson ? PERSON : PASSING;
      const ms = Math.min(firstMs * 2 ** tries++, maxMs);
      trouble = { since: current()?.since ?? startedAt, sentence, needsPerson, nextTryAt: clock.now() + ms };
      timer?.cancel();
      timer = clock.after(ms, tell);
      tell();
    },

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    stop() {
      stopped = true;
      timer?.cancel();
      listeners.clear();
    },
  };
}
