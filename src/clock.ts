/** Time as an argument: the system's in production, a settable one in tests. Milliseconds everywhere. */
export interface Clock {
  /** Unix time in milliseconds. It may be set, forwards and backwards, at any moment. */
  now(): number;
  /** Milliseconds since some moment, however the time of day is set: for what this process measures and remembers. */
  elapsed(): number;
  /** Runs `run` once after `ms`; never keeps the process alive by itself. */
  after(ms: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Node fires a timer above this at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => Math.floor(performance.now()),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), MAX_TIMEOUT_MS));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** `2026-01-31 08:05 UTC` */
export function inUtc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Unix milliseconds as ISO 8601 in UTC, or null. */
export function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** Less than this is no setting of the clock, but how precisely it is read. */
const MIN_STEP_MS = 1_000;

/** Returns what tells by how many milliseconds the clock was set since it was last asked; 0 = it just went on. */
export function watchSteps(clock: Clock): () => number {
  const offset = () => clock.now() - clock.elapsed();
  let known = offset();
  return () => {
    const moved = offset() - known;
    if (Math.abs(moved) < MIN_STEP_MS) return 0;
    known += moved;
    return Math.round(moved);
  };
}

/** Returns what runs `act` at once; asked for more often than every `ms`, it runs it once more when they are over. */
export function atMostEvery(clock: Clock, ms: number, act: () => void): () => void {
  let resting = false;
  let wanted = false;
  function run(): void {
    resting = true;
    wanted = false;
    act();
    clock.after(ms, () => {
      resting = false;
      if (wanted) run();
    });
  }
  return () => {
    wanted = true;
    if (!resting) run();
  };
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
