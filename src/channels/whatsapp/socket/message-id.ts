import { randomBytesPooled } from '../../../random.js';

/** The shape WhatsApp's own clients use: '3EB0' and 18 hex digits. */
export function newMessageId(): string {
  return `3EB0${randomBytesPooled(9).toString('hex').toUpperCase()}`;
}
