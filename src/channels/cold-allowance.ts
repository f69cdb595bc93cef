import type { SenderStatus } from './sender.js';

/** How many messages to people out of reach a number may send in a day (UTC). */
export interface ColdAllowance {
  perDay: number;
  /** It is WhatsApp's own word, and none at all; otherwise it is our advice. */
  isFinal: boolean;
  /** When it may be more, Unix ms. */
  until: number;
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * The age of the link from which on so many are advised. Numbers that were linked lately are restricted after a few;
 * nobody outside WhatsApp knows the figures, so these are cautious.
 */
const CURVE = [
  { fromMs: 28 * DAY_MS, perDay: 40 },
  { fromMs: 14 * DAY_MS, perDay: 20 },
  { fromMs: 7 * DAY_MS, perDay: 10 },
  { fromMs: 0, perDay: 5 },
];
/** After a lock, half of them for so long. */
const CAREFUL_MS = 14 * DAY_MS;
/** Of what WhatsApp leaves for the rest of its cycle, spread over its days. */
const PART_OF_REST = 0.8;

type Known = Pick<SenderStatus, 'linkedAt' | 'lockedAt' | 'quota'>;

/** What a restriction forbids is not its business: codes may wait for the end of one. */
export function coldAllowance(known: Known, now: number): ColdAllowance {
  const tomorrow = now - (now % DAY_MS) + DAY_MS;
  const { quota } = known;
  const cycleEnd = quota?.cycleEnd ?? tomorrow;
  const isPast = quota?.cycleEnd != null && quota.cycleEnd <= now;
  if (!quota || isPast) return advised(ofAge(known, now), tomorrow);
  if (quota.status !== 'NONE') return none(cycleEnd);
  if (quota.total === null) return advised(ofAge(known, now), tomorrow);
  const left = quota.total - quota.used;
  if (left <= 0) return none(cycleEnd);
  const days = Math.max(1, Math.ceil((cycleEnd - now) / DAY_MS));
  const share = Math.max(1, Math.floor((left / days) * PART_OF_REST));
  return advised(Math.min(ofAge(known, now), share), tomorrow);
}

function ofAge({ linkedAt, lockedAt }: Known, now: number): number {
  const ageMs = Math.max(0, now - (linkedAt ?? now));
  const perDay = CURVE.find(({ fromMs }) => ageMs >= fromMs)?.perDay ?? 0;
  const isCareful = lockedAt !== null && now - lockedAt < CAREFUL_MS;
  return isCareful ? Math.floor(perDay / 2) : perDay;
}

const none = (until: number): ColdAllowance => ({ perDay: 0, isFinal: true, until });
const advised = (perDay: number, until: number): ColdAllowance => ({ perDay, isFinal: false, until });
