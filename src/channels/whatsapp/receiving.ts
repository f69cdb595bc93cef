import type { SenderStatus } from '../sender.js';

/** Whether a text that somebody writes to the number reaches us within `lifeMs`. */
export function canReceive(
  {
    state,
    need,
    paired,
    openSince,
    nextAttemptAt,
  }: Pick<SenderStatus, 'state' | 'need' | 'paired' | 'openSince' | 'nextAttemptAt'>,
  now: number,
  lifeMs: number,
): boolean {
  if (openSince !== null) return true;
  // After the retries were used up, there is still one now and then.
  if (!paired || (need !== null && need !== 'retries_exhausted')) return false;
  return nextAttemptAt === null ? state === 'CONNECTING' : nextAttemptAt - now < lifeMs;
}
