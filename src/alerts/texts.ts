import type { Trouble } from '../channels/sender.js';
import { maskPhone } from '../log.js';

const SENTENCES: Record<Trouble['kind'], string> = {
  logged_out: 'was logged out. Pair it again on the dashboard.',
  banned: 'was banned by WhatsApp. Open WhatsApp on the phone and ask for a review.',
  conflict: 'is in use elsewhere. Stop the other program, then reload the session on the dashboard.',
  retries_exhausted: 'cannot reach WhatsApp. It keeps trying, more slowly; check the network.',
  restricted: 'was restricted by WhatsApp: numbers that it never wrote to get no messages for now.',
  session_corrupt:
    'has a stored session that cannot be read. Restore ENCRYPTION_KEY or a backup, or pair it again.',
};

export function troubleText(account: string, { kind, detail, phone }: Trouble): string {
  const sender = `WhatsApp sender "${account}"${phone ? ` (${maskPhone(phone)})` : ''}`;
  return `🔴 ${sender} ${SENTENCES[kind]}${detail ? `\n${plain(detail)}` : ''}`;
}

export function backText(account: string): string {
  return `🟢 WhatsApp sender "${account}" is back: messages go out again.`;
}

/** One line without phone numbers, whoever wrote it. */
function plain(detail: string): string {
  return detail
    .replace(/\+?\d{7,15}/g, maskPhone)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 500);
}
