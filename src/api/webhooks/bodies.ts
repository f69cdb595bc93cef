import * as z from 'zod';
import { EVENT_TYPES } from '../../webhooks/index.js';

const BAD_URL = 'url must be an address such as https://example.com/hook';
const urlField = z.string(BAD_URL).min(1, BAD_URL).max(2_000, BAD_URL);

const BAD_EVENTS = `events must be a list of some of ${EVENT_TYPES.join(', ')}; without it, all are sent`;
export const eventsField = z
  .array(z.enum(EVENT_TYPES, BAD_EVENTS), BAD_EVENTS)
  .min(1, BAD_EVENTS)
  .max(EVENT_TYPES.length, BAD_EVENTS);

const flag = (name: string) => z.boolean(`${name} must be true or false`);

/** Without `events`, or with null, all are sent. */
export const createBody = z.object({
  url: urlField,
  events: eventsField.nullish(),
  fullNumbers: flag('fullNumbers').nullish(),
});

/** What is left out stays as it is; `events: null`: all. */
export const changeBody = z.object({
  url: urlField.optional(),
  events: eventsField.nullable().optional(),
  fullNumbers: flag('fullNumbers').optional(),
  enabled: flag('enabled').optional(),
});
