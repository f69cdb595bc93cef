import type { Quota } from '../../sender.js';

/** What WhatsApp says about an account, as GraphQL: whether it may write to strangers, and to how many. */

/** The reach-out lock. Its kind is not told apart: there are kinds that nobody knows. */
export interface Lock {
  isActive: boolean;
  /** Unix ms; null: WhatsApp did not say. */
  until: number | null;
}

export type { Quota };

/** Of a push, `{ "data": … }`: what it says; null: it is about something else. */
export function accountNews(text: string): { lock: Lock } | { quota: Quota } | null {
  const data = dataIn(text);
  const lock = lockIn(data?.xwa2_notify_account_reachout_timelock);
  if (lock) return { lock };
  const quota = quotaIn(data?.xwa2_notify_new_chat_messages_capping_info_update);
  return quota && { quota };
}

/** Of an answer. */
export const lockAnswered = (text: string) => lockIn(dataIn(text)?.xwa2_fetch_account_reachout_timelock);
export const quotaAnswered = (text: string) => quotaIn(dataIn(text)?.xwa2_message_capping_info);

function lockIn(said: unknown): Lock | null {
  if (typeof said !== 'object' || said === null || !('is_active' in said)) return null;
  const { is_active, time_enforcement_ends } = said as Record<string, unknown>;
  return { isActive: is_active === true || is_active === 'true', until: timeIn(time_enforcement_ends) };
}

function quotaIn(said: unknown): Quota | null {
  if (typeof said !== 'object' || said === null || !('capping_status' in said)) return null;
  const { total_quota, used_quota, cycle_end_timestamp, capping_status } = said as Record<string, unknown>;
  const total = wholeIn(total_quota);
  const used = wholeIn(used_quota) ?? 0;
  return {
    total,
    used: total === null ? used : Math.min(used, total),
    cycleEnd: timeIn(cycle_end_timestamp),
    status: typeof capping_status === 'string' ? capping_status : 'NONE',
  };
}

function dataIn(text: string): Record<string, unknown> | null {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    return typeof data === 'object' ? (data as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** Numbers come as numbers or as text; -1 and nonsense are none. */
function wholeIn(value: unknown): number | null {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** Unix seconds; 0: not said. */
function timeIn(value: unknown): number | null {
  const seconds = wholeIn(value);
  return seconds ? seconds * 1_000 : null;
}
