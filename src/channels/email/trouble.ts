import { type Clock, type Timer, watchSteps } from '../../clock.js';

/** The mail server accepts no mail from us. */
export interface MailTrouble {
  /** When the first failed attempt began, Unix ms. No mail has been answered since. */
  since: number;
  /** What is wrong, for an operator. */
  sentence: string;
  /** It will not pass by itself. */
  needsPerson: boolean;
  /** The server is unreachable, or does not let us in. Otherwise it lets us in but accepts no mail. */
  isShut: boolean;
  /** Unix ms. Shut: when it is tried next. Otherwise: until when waiting mails are expected to show how it is. */
  nextTryAt: number;
}

/** Notes how attempts end, and keeps trying a server that is shut until it lets us in. */
export interface MailTroubles {
  now(): MailTrouble | null;
  /** The server has accepted or refused a mail: the server itself is fine. */
  over(): void;
  /** The server could not be reached, or did not let us in. */
  shut(cause: Cause): void;
  /** The server has let us in, but failed before it decided about the mail. */
  stuck(cause: Cause): void;
  onChange(listener: () => void): () => void;
  stop(): void;
}

type Cause = Pick<MailTrouble, 'sentence' | 'needsPerson'> & { startedAt: number };

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** A server that refuses our login is not asked more often than this: some lock the account. */
const FIRST_LOGIN_RETRY_MS = 30_000;
const MAX_LOGIN_RETRY_MS = 300_000;
/** Waiting mails are tried again sooner than this. */
const QUIET_MS = 60_000;

/** @param deps.tryAgain resolves when the server lets us in; otherwise calls `shut`. */
export function createMailTroubles(deps: { clock: Clock; tryAgain(): Promise<void> }): MailTroubles {
  const { clock } = deps;
  const listeners = new Set<() => void>();
  const movedMs = watchSteps(clock);
  let trouble: MailTrouble | null = null;
  /** A mail got stuck since the last one that was decided: being let in proves little. */
  let hasStuck = false;
  let tries = 0;
  let timer: Timer | null = null;
  let stopped = false;

  /** Its times are shifted when the clock is set. */
  function current(): MailTrouble | null {
    const ms = movedMs();
    if (trouble && ms !== 0) {
      trouble = { ...trouble, since: trouble.since + ms, nextTryAt: trouble.nextTryAt + ms };
    }
    return trouble;
  }

  function become(next: MailTrouble | null): void {
    trouble = next;
    for (const listener of listeners) listener();
  }

  function delayMs(needsPerson: boolean): number {
    const [first, max] = needsPerson
      ? [FIRST_LOGIN_RETRY_MS, MAX_LOGIN_RETRY_MS]
      : [FIRST_RETRY_MS, MAX_RETRY_MS];
    return Math.min(first * 2 ** tries, max);
  }

  async function tryAgain(): Promise<void> {
    tries += 1;
    timer = null;
    // A failure has already been reported through `shut`, with the next try.
    const isIn = await deps.tryAgain().then(
      () => true,
      () => false,
    );
    const found = current();
    if (!isIn || !found?.isShut) return;
    tries = 0;
    become(hasStuck ? { ...found, isShut: false, nextTryAt: clock.now() } : null);
  }

  function forgetTries(): void {
    timer?.cancel();
    timer = null;
    tries = 0;
  }

  return {
    now: current,

    over() {
      forgetTries();
      hasStuck = false;
      if (trouble) become(null);
    },

    shut({ sentence, needsPerson, startedAt }) {
      if (stopped) return;
      const since = current()?.since ?? startedAt;
      // A mail that was under way at the same time does not postpone the next try.
      if (timer && trouble) return become({ ...trouble, sentence, needsPerson });
      const ms = delayMs(needsPerson);
      timer = clock.after(ms, () => void tryAgain());
      become({ since, sentence, needsPerson, isShut: true, nextTryAt: clock.now() + ms });
    },

    stuck({ sentence, needsPerson, startedAt }) {
      hasStuck = true;
      const found = current();
      if (found?.isShut) return;
      const since = found?.since ?? startedAt;
      become({ since, sentence, needsPerson, isShut: false, nextTryAt: clock.now() + QUIET_MS });
    },

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    stop() {
      stopped = true;
      forgetTries();
      listeners.clear();
    },
  };
}
