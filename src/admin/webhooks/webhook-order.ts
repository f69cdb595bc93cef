import { AppError } from '../../errors.js';
import { ownField } from '../../http/answer.js';
import { EVENT_TYPES, type EventType } from '../../webhooks/index.js';
import { type CallerNames, ENVIRONMENT } from '../callers/caller-names.js';

/** What both forms say of a webhook. Whether the address will do is the webhooks' own question. */
export interface WebhookFields {
  url: string;
  /** Null: all. */
  events: EventType[] | null;
  fullNumbers: boolean;
}

/** `{ url, events, fullNumbers }`, as forms send them: no event means all. Throws bad_request. */
export function readWebhookFields(body: unknown): WebhookFields {
  const url = ownField(body, 'url');
  if (typeof url !== 'string' || url.trim() === '') throw bad('A webhook needs an address.');
  return {
    url: url.trim(),
    events: readEvents(ownField(body, 'events')),
    fullNumbers: ownField(body, 'fullNumbers') === 'yes',
  };
}

/** Whose events it hears. Throws bad_request. @param names of the callers that there are. */
export function readCaller(body: unknown, names: CallerNames): string {
  const caller = ownField(body, 'caller');
  const isKey = typeof caller === 'string' && caller.startsWith('key:') && names.has(caller);
  if (caller === ENVIRONMENT.value || isKey) return caller;
  throw bad('There is no API key with this id.');
}

function readEvents(typed: unknown): EventType[] | null {
  if (typed === undefined) return null;
  if (!Array.isArray(typed)) throw bad('The events must be a list.');
  const unknown = typed.find((each) => !EVENT_TYPES.includes(each));
  if (unknown !== undefined) throw bad(`There is no event "${unknown}".`);
  const chosen = EVENT_TYPES.filter((each) => typed.includes(each));
  return chosen.length === 0 ? null : chosen;
}

function bad(sentence: string): AppError {
  return new AppError('bad_request', sentence);
}
