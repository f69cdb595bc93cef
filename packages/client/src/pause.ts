/** The longest that a timer can be set to; what is longer would be over at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after so many milliseconds; rejects with the signal's reason as soon as that is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

export interface Limit {
  /** Aborts when the time is up or the caller's signal does, with the reason of whichever was first. */
  signal: AbortSignal;
  leftMs(): number;
  /** To be called in any case: the timer would keep a process alive. */
  clear(): void;
}

/** @param expired the reason when the time is up. */
export function limitOf(ms: number, signal: AbortSignal | undefined, expired: () => unknown): Limit {
  const controller = new AbortController();
  const endsAt = performance.now() + ms;
  const follow = () => controller.abort(signal?.reason);
  if (signal?.aborted) follow();
  else signal?.addEventListener('abort', follow, { once: true });
  const timer =
    ms === Number.POSITIVE_INFINITY
      ? undefined
      : setTimeout(() => controller.abort(expired()), Math.min(ms, MAX_TIMER_MS));
  return {
    signal: controller.signal,
    leftMs: () => endsAt - performance.now(),
    clear() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', follow);
    },
  };
}
