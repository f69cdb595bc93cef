/** Connections that were lost or could not be opened: when to try again, and when to alert an operator. */
export interface Attempts extends RetrySettings {
  /** The last connection had logged in. */
  wasOpen: boolean;
  /** Connections that had logged in and did not hold. */
  drops: number;
  unopened: number;
  codes: readonly (number | null)[];
}

export interface RetrySettings {
  initialRetryDelayMs: number;
  /** After this many failed attempts in a row an operator is alerted. */
  maxRetries: number;
}

const MAX_DELAY_MS = 5 * 60_000;
/** WhatsApp answers, but drops us again: far below the lifetime of a code, unless it keeps happening. */
const GENTLE_DELAY_MS = 30_000;
const GENTLE_DROPS = 7;
const JITTER_PERCENT = 20;

export function firstAttempts({ initialRetryDelayMs, maxRetries }: RetrySettings): Attempts {
  return { initialRetryDelayMs, maxRetries, wasOpen: false, drops: 0, unopened: 0, codes: [] };
}

/**
 * A connection ended or could not be opened; `delayMs` is the time until the next attempt.
 * @param minRepeatDelayMs the minimum delay if a connection has ended with this code before.
 */
export function failed(
  before: Attempts,
  { code, minRepeatDelayMs, chance }: { code: number | null; minRepeatDelayMs: number; chance: number },
): { attempts: Attempts; delayMs: number } {
  const { initialRetryDelayMs, codes } = before;
  const drops = before.drops + (before.wasOpen ? 1 : 0);
  const unopened = before.unopened + 1;
  const isRepeated = codes.includes(code);
  const delayMs = Math.max(
    backoffDelayMs(unopened, initialRetryDelayMs, chance),
    dropDelayMs(drops, initialRetryDelayMs, chance),
    isRepeated ? minRepeatDelayMs : 0,
  );
  const known = isRepeated ? codes : [...codes, code];
  return { attempts: { ...before, wasOpen: false, drops, unopened, codes: known }, delayMs };
}

/** More attempts in a row have failed than the operator allows. The first failure is the loss itself. */
export const areUsedUp = ({ unopened, maxRetries }: Attempts) => unopened > maxRetries;

export const opened = (before: Attempts): Attempts => ({ ...before, wasOpen: true, unopened: 0 });

/** The connection has held for a while, or a person asked for a fresh start. */
export const forgiven = (before: Attempts): Attempts => ({ ...before, drops: 0, unopened: 0, codes: [] });

/** The first retry after exactly `initialMs`, then doubling up to 5 minutes, give or take a fifth. */
export function backoffDelayMs(attempt: number, initialMs: number, chance: number): number {
  return growing({ time: attempt, initialMs, factor: 2, maxMs: MAX_DELAY_MS, chance });
}

/** After connections that had logged in: up to half a minute the first few times, then doubling as well. */
function dropDelayMs(drops: number, initialMs: number, chance: number): number {
  if (drops <= GENTLE_DROPS)
    return growing({ time: drops, initialMs, factor: 1.5, maxMs: GENTLE_DELAY_MS, chance });
  const time = drops - GENTLE_DROPS + 1;
  return growing({ time, initialMs: GENTLE_DELAY_MS, factor: 2, maxMs: MAX_DELAY_MS, chance });
}

function growing(growth: {
  time: number;
  initialMs: number;
  factor: number;
  maxMs: number;
  chance: number;
}): number {
  const { time, initialMs, factor, maxMs, chance } = growth;
  if (time <= 1) return initialMs;
  const grownMs = Math.min(initialMs * factor ** (time - 1), maxMs);
  const percent = 100 - JITTER_PERCENT + Math.floor(chance * (2 * JITTER_PERCENT + 1));
  return Math.min(Math.round((grownMs * percent) / 100), maxMs);
}
