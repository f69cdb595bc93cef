import type { SenderStatus } from '../channels/sender.js';
import { STATE_WORDS } from '../channels/sender-words.js';
import type { Mail } from './mail/index.js';
import type { Sms } from './providers/sms-provider.js';
import type { Handset, Message } from './whatsapp/index.js';

/** What the page and other programs see of the sandbox's parts. */
export function shownSender(number: string, { state, detail, qr }: SenderStatus) {
  return {
    number,
    state,
    tone: STATE_WORDS[state].tone,
    detail,
    canScan: qr !== null,
    canType: state === 'QR_REQUIRED' || state === 'PAIRING',
  };
}

export function shownMessage({ to, from, text, at }: Message) {
  return { to, from, text, at };
}

export function shownMail({ to, from, subject, text, at }: Mail) {
  return { to, from, subject, text: text.trim(), at };
}

export function shownSms({ to, text, at }: Sms) {
  return { to, text, at };
}

/** What a person has written on the page; Unix ms. */
export interface Written {
  text: string;
  at: number;
}

/** @param isAbsent it is not on WhatsApp. */
export function shownHandset(handset: Handset, isAbsent: boolean, written: Written[]) {
  const messages = handset
    .messages()
    .map(({ id, from, text, at, copies }) => ({ id, from, text, at, copies }));
  const { number, online } = handset;
  return { number, online, onWhatsApp: !isAbsent, messages, written };
}
