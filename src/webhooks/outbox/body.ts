import type { Selectable } from 'kysely';
import type { Tables } from '../../../database/schema.js';
import { maskContact } from '../../log.js';
import { randomBytesPooled } from '../../random.js';

export type EventRow = Selectable<Tables['webhook_events']>;

const ID_BYTES = 16;
const VERIFICATION = 'verification';

/** The webhook-id of an event: without dots, because it is signed with a dot behind it. */
export function newMessageId(): string {
  return `msg_${randomBytesPooled(ID_BYTES).toString('base64url')}`;
}

/** The body of Standard Webhooks. @param at when it happened, Unix ms. */
export function envelope(type: string, at: number, data: object): string {
  return JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
}

const MASKED_MAIL = /@.?\*\*\*/;

/** A body of before, with what `fullNumbers` had shown in it masked. */
export function maskedBody(body: string): string {
  const { data, ...rest } = JSON.parse(body) as { data: Record<string, unknown> };
  for (const field of ['to', 'phoneNumber']) {
    const shown = data[field];
    if (typeof shown === 'string' && !MASKED_MAIL.test(shown)) data[field] = maskContact(shown);
  }
  return JSON.stringify({ ...rest, data });
}

/**
 * What is told of an event: ids, channel and whom it is about, never a code or a text.
 * @param told.fullNumbers numbers and addresses whole, else as the log shows them.
 * @param told.final of a message that has failed or expired: no step of its code is left.
 */
export function bodyOf(event: EventRow, told: { fullNumbers: boolean; final: boolean | null }): string {
  const { job_id: jobId, code_id: codeId, channel, contact, error_code: code } = event;
  const shown = contact !== null && (told.fullNumbers ? contact : maskContact(contact));
  const data = {
    ...(jobId !== null && { jobId }),
    ...(codeId !== null && { codeId }),
    ...(codeId !== null && event.purpose === VERIFICATION && { verificationId: codeId }),
    ...(channel !== null && { channel }),
    ...(shown !== false && (event.type.startsWith('sender.') ? { phoneNumber: shown } : { to: shown })),
    ...(event.detail !== null && (JSON.parse(event.detail) as object)),
    ...(code !== null && { error: { code, ...(event.error_message && { message: event.error_message }) } }),
    ...(told.final !== null && { final: told.final }),
  };
  return envelope(event.type, event.at, data);
}
