const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Each after the attempt before: the schedule that Standard Webhooks 1.0.0 recommends. */
const RETRIES_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/** What happened a day ago is of no use to anybody who waits for a code. */
export const TRIED_FOR_MS = 24 * HOUR_MS;
/** No wait is longer, with its jitter. */
export const LONGEST_WAIT_MS = TRIED_FOR_MS;
/** Waits are longer by up to this part, so that not all come at once. */
const JITTER = 0.1;

/**
 * When a delivery is tried again; null: not any more. Times are Unix ms.
 * @param attempts that were made, the last one at `now`.
 * @param wantedAt when it happened, or somebody asked for it again.
 * @param retryAfterMs what the receiver asked for; 0: nothing.
 * @param random 0 to 1.
 */
export function retryAt(
  { attempts, wantedAt, retryAfterMs }: { attempts: number; wantedAt: number; retryAfterMs: number },
  now: number,
  random: number,
): number | null {
  const planned = RETRIES_MS[attempts - 1];
  if (planned === undefined) return null;
  const at = now + Math.max(planned * (1 + JITTER * random), retryAfterMs);
  return at > wantedAt + TRIED_FOR_MS ? null : Math.ceil(at);
}
