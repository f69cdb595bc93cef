import { type DocumentedRule, MINUTE_MS, TOO_MANY } from './documented-rule.js';

/** How much is sent to webhooks that is no message's fate. */
export const WEBHOOK_RULES = {
  'webhook-refusals': {
    per: 'key',
    count: 60,
    periodMs: MINUTE_MS,
    what: 'events `code.refused`',
    answer: 'none is sent',
  },
  'webhook-tests': {
    per: 'key',
    count: 10,
    periodMs: MINUTE_MS,
    what: 'tests of webhooks',
    answer: TOO_MANY,
  },
} as const satisfies Record<string, DocumentedRule>;
