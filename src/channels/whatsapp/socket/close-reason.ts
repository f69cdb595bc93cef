import type { Close } from '../close-codes.js';
import { codeOf, describe } from '../scrub.js';

/** Above this, a ban's end is a Unix time; below it, a number of seconds from now. */
const MAX_BAN_SECONDS = 1_000_000_000;

/** Reads the error with which Baileys ends a connection. */
export function closeOf(error: unknown, now: number): Close {
  const data = (error as { data?: Data } | null | undefined)?.data;
  return {
    code: isUnlinked(data) ? 401 : codeOf(error),
    reason: error === undefined ? 'closed' : describe(error),
    banEndsAt: banEnd(data?.expire, now),
  };
}

interface Data {
  expire?: unknown;
  tag?: unknown;
  attrs?: { type?: unknown };
}

/** `<conflict type="device_removed"/>` without a code: Baileys mistakes it for another program with the same session. */
function isUnlinked(data: Data | undefined): boolean {
  return data?.tag === 'conflict' && data.attrs?.type === 'device_removed';
}

function banEnd(expire: unknown, now: number): number | null {
  const seconds = Number(expire);
  if (expire === undefined || !Number.isFinite(seconds) || seconds <= 0) return null;
  return seconds > MAX_BAN_SECONDS ? seconds * 1000 : now + seconds * 1000;
}
