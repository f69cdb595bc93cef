import { shownDelivery } from '../../webhooks/delivery-json.js';
import type { Delivery } from '../../webhooks/index.js';
import type { Badge } from '../badges.js';
import { durationWords } from '../durations.js';

export const STATUSES = ['waiting', 'arrived', 'dead'] as const satisfies Delivery['status'][];

const BADGES: Record<Delivery['status'], Badge> = {
  waiting: { word: 'waiting', tone: 'busy', icon: 'waiting' },
  arrived: { word: 'arrived', tone: 'good', icon: 'good' },
  dead: { word: 'given up', tone: 'bad', icon: 'bad' },
};

/** A line of the table. @param api of its endpoint. */
export function deliveryRow(delivery: Delivery, api: string) {
  const { id, status, lastAttempt } = delivery;
  return {
    ...shownDelivery(delivery),
    badge: BADGES[status],
    result: lastAttempt && resultWords(lastAttempt),
    answer: lastAttempt?.answer || null,
    replay: status === 'dead' ? `${api}/deliveries/${encodeURIComponent(id)}/replay` : null,
  };
}

/** Which of them are shown, and how many there are of each. @param current null: all. */
export function statusLinks(
  counts: Record<Delivery['status'], number>,
  href: string,
  current: Delivery['status'] | null,
) {
  const all = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  return [
    { label: 'All', count: all, href, isCurrent: current === null },
    ...STATUSES.map((status) => ({
      label: BADGES[status].word,
      count: counts[status],
      href: `${href}?status=${status}`,
      isCurrent: status === current,
    })),
  ].map((link) => ({ ...link, count: link.count.toLocaleString('en') }));
}

function resultWords({ httpStatus, problem, tookMs }: NonNullable<Delivery['lastAttempt']>): string {
  const what = httpStatus === null ? (problem ?? '') : `HTTP ${httpStatus}`;
  return `${what} ${httpStatus === null ? '' : `after ${durationWords(tookMs)}`}`.trim();
}
