import type { Trouble } from '../channels/sender.js';
import { TROUBLE_WORDS } from '../channels/sender-words.js';
import { inUtc } from '../clock.js';
import { maskPhone } from '../log.js';

/** @param now Unix ms. */
export function troubleText(account: string, trouble: Trouble, now: number): string {
  const { kind, detail, phone, since } = trouble;
  const sender = `WhatsApp sender "${account}"${phone ? ` (${maskPhone(phone)})` : ''}`;
  return `🔴 ${sender} ${TROUBLE_WORDS[kind].alert}${detail ? `\n${plain(detail)}` : ''}\nSince ${inUtc(since)}${lasted(', for', since, now)}.`;
}

/** @param since when the trouble began, Unix ms; null: not known. */
export function backText(account: string, since: number | null, now: number): string {
  const duration = since === null ? '' : lasted(' The trouble lasted', since, now);
  return `🟢 WhatsApp sender "${account}" is back: messages go out again.${duration && `${duration}.`}`;
}

const MINUTE_MS = 60_000;

/** `… 2 h 14 min`; empty for less than a minute, and when the clock was set back. */
function lasted(words: string, since: number, now: number): string {
  const minutes = Math.floor((now - since) / MINUTE_MS);
  if (minutes < 1) return '';
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24];
  const parts = [days && `${days} d`, hours && `${hours} h`, `${minutes % 60} min`];
  return `${words} ${parts.filter(Boolean).join(' ')}`;
}

/** One line, with phone numbers masked. */
function plain(detail: string): string {
  return detail
    .replace(/\+?\d{7,15}/g, maskPhone)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 500);
}
