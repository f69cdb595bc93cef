import type { Flood } from '../../alarms/floods.js';
import { type Overview, SERIES_RANGES, type Window } from '../../delivery/operators/stats.js';
import { capitalized } from '../capitalized.js';
import { durationWords } from '../durations.js';
import { isConnected } from '../state-words.js';
import type { overview } from './overview.js';

type Status = ReturnType<typeof overview>;

/** A shorter wait goes unnoticed. */
const NO_WAIT_MS = 500;
/** For these states, the advice already says what the detail says. */
const SAID_BY_ADVICE: readonly string[] = ['QR_REQUIRED', 'PAIRING', 'RESTRICTED'];
const RESTRICTION_WORDS = {
  reach_out_lock: 'No messages to strangers (463)',
  new_chat_cap: 'No more new chats (475)',
};
const PAIRABLE: readonly string[] = ['QR_REQUIRED', 'PAIRING', 'LOGGED_OUT'];

/** The sending number as its card shows it, with what there is to pair it. */
export function senderView(status: Status) {
  return {
    ...status,
    detail: SAID_BY_ADVICE.includes(status.state) ? null : status.detail,
    wrongSince: status.troubleSince ?? status.since,
    isRestricted: status.state === 'RESTRICTED',
    reason: status.restriction && RESTRICTION_WORDS[status.restriction.reason],
    quota: status.newChats?.total ? `${status.newChats.used} of ${status.newChats.total}` : null,
    pairingCode: status.pairingCode?.replace(/^(.{4})(.{4})$/, '$1-$2') ?? null,
    showsQr: status.pairingCode === null && (status.qr !== null || status.state === 'QR_REQUIRED'),
    offersCode: PAIRABLE.includes(status.state),
  };
}

/** How long a new code would wait, in words. */
export function waitWords(
  status: Pick<Status, 'state' | 'paused'>,
  projectedWaitMs: number | null,
  isChannelPaused = false,
): string {
  if (status.paused) return 'Until sending is resumed';
  if (isChannelPaused) return 'Until the channel is resumed';
  if (projectedWaitMs === null || !isConnected(status.state)) return 'Until the number is connected';
  const wait = projectedWaitMs < NO_WAIT_MS ? 'not at all' : `about ${durationWords(projectedWaitMs)}`;
  if (status.state === 'RESTRICTED') return `Whoever has written: ${wait}. Others are refused.`;
  return capitalized(wait);
}

/** How many messages to people out of reach a day may have, and whether more go out all the same; null: any number. */
export type ColdAllowed = { perDay: number; isAdvice: boolean } | null;

/** How many there were, in words, and how many of them were more than is advised. */
export function coldWords({ coldOfDay }: Pick<Overview, 'coldOfDay'>, allowed: ColdAllowed) {
  const count = coldOfDay.toLocaleString('en');
  const beyond = allowed?.isAdvice ? Math.max(0, coldOfDay - allowed.perDay) : 0;
  return {
    text: allowed === null ? count : `${count} of ${allowed.perDay.toLocaleString('en')}`,
    beyond: beyond > 0 ? beyond.toLocaleString('en') : null,
  };
}

/** The lengths of time that the chart can show. */
export const CHART_RANGES = Object.keys(SERIES_RANGES).map((range) => ({ range, label: capitalized(range) }));

/** The figures of the last hour and day, in words. */
export function deliveryWindows({ lastHour, lastDay }: Pick<Overview, 'lastHour' | 'lastDay'>) {
  return [
    { label: 'Last hour', ...windowWords(lastHour) },
    { label: 'Last day', ...windowWords(lastDay) },
  ];
}

const WRONG: Record<Flood, string> = {
  passwords: 'Passwords',
  codes: 'Codes',
  checks: 'Checks of verifications',
  keys: 'API keys',
  logIns: 'Log-ins here',
};

/** How much of what people and programs came with was wrong, in words. */
export function wrongFigures(counts: Record<Flood, number>) {
  return Object.entries(WRONG).map(([flood, label]) => ({
    label,
    count: counts[flood as Flood].toLocaleString('en'),
  }));
}

function windowWords(window: Window) {
  const { deliveryRate, medianToHandsetMs } = window;
  const [sent, delivered, lost] = [window.sent, window.delivered, window.failed + window.expired].map(
    (count) => count.toLocaleString('en'),
  );
  return {
    rate: deliveryRate === null ? null : `${Number((deliveryRate * 100).toFixed(1))}\u00a0%`,
    median: medianToHandsetMs === null ? null : durationWords(medianToHandsetMs),
    text:
      deliveryRate === null
        ? 'No code was sent.'
        : `${sent} sent, ${delivered} of them delivered; ${lost} failed or expired.`,
  };
}
