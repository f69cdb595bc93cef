import { type DocumentedRule, MINUTE_MS } from './documented-rule.js';

/** How much is told to webhooks of what is no message's fate. */
export const WEBHOOK_RULES = {
  'webhook-refusals': {
    per: 'key',
    count: 60,
    periodMs: MINUTE_MS,
    what: 'events `code.refused`',
    answer: 'none is sent',
  },
} as const satisfies Record<string, DocumentedRule>;
