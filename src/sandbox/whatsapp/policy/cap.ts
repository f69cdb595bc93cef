import type { Node } from '../nodes.js';
import { seconds } from '../post-office.js';
import type { Subscriber } from '../state.js';
import { mexNotification } from './lock.js';

/** The cap on chats that are begun with people who have not answered: so many in a cycle. */

const CYCLE_MS = 30 * 24 * 60 * 60_000;
const WARNED_FROM = 0.5;
const WARNED_AGAIN_FROM = 0.8;

/** Another chat would be one too many. */
export function isCapped(subscriber: Subscriber, now: number): boolean {
  const cap = capOf(subscriber, now);
  return cap !== null && cap.used >= cap.total;
}

export function beginChat(subscriber: Subscriber, user: string, now: number): void {
  const cap = capOf(subscriber, now);
  if (!cap || subscriber.unanswered[user]) return;
  subscriber.unanswered[user] = true;
  cap.used += 1;
}

/** An answer takes the chat off the tally. */
export function answered(subscriber: Subscriber, user: string): void {
  if (!subscriber.unanswered[user]) return;
  delete subscriber.unanswered[user];
  if (subscriber.cap) subscriber.cap.used = Math.max(0, subscriber.cap.used - 1);
}

/** In the words of WhatsApp's GraphQL answers: numbers as text. */
export function describeCap(subscriber: Subscriber, now: number): Record<string, unknown> {
  const cap = capOf(subscriber, now);
  const fixed = {
    ote_status: 'NOT_ELIGIBLE',
    mv_status: 'NOT_ELIGIBLE',
    server_sent_timestamp: seconds(now),
  };
  if (!cap) return { ...fixed, total_quota: '-1', used_quota: '0', capping_status: 'NONE' };
  return {
    ...fixed,
    total_quota: String(cap.total),
    used_quota: String(cap.used),
    cycle_start_timestamp: seconds(cap.cycleEnd - CYCLE_MS),
    cycle_end_timestamp: seconds(cap.cycleEnd),
    capping_status: cap.status ?? statusOf(cap),
  };
}

export function announceCap(subscriber: Subscriber, now: number): Node {
  const data = { xwa2_notify_new_chat_messages_capping_info_update: describeCap(subscriber, now) };
  return mexNotification('MessageCappingInfoNotification', data, now);
}

/** With the end of a cycle the next one begins, with nothing used. */
function capOf(subscriber: Subscriber, now: number) {
  const { cap } = subscriber;
  if (!cap || cap.cycleEnd > now) return cap;
  subscriber.unanswered = {};
  Object.assign(cap, { used: 0, status: null });
  while (cap.cycleEnd <= now) cap.cycleEnd += CYCLE_MS;
  return cap;
}

function statusOf({ used, total }: { used: number; total: number }): string {
  if (used >= total) return 'CAPPED';
  if (used >= total * WARNED_AGAIN_FROM) return 'SECOND_WARNING';
  return used >= total * WARNED_FROM ? 'FIRST_WARNING' : 'NONE';
}
