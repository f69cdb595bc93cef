import { type DocumentedRule, HOUR_MS, MINUTE_MS, TOO_MANY } from './documented-rule.js';

/** How often a log-in to the dashboard may fail. The user name is not counted: strangers could keep its owner out. */
export const LOG_IN_RULES = {
  'operator-log-ins': {
    per: 'browser, or address',
    count: 5,
    periodMs: 15 * MINUTE_MS,
    what: 'wrong log-ins to the dashboard, from where somebody signed in during the last 30 days',
    answer: TOO_MANY,
  },
  'address-log-ins': {
    per: 'address',
    count: 5,
    periodMs: 15 * MINUTE_MS,
    what: 'wrong log-ins to the dashboard, from elsewhere',
    answer: TOO_MANY,
  },
  'stranger-log-ins': {
    per: 'all',
    count: 10,
    periodMs: HOUR_MS,
    what: 'wrong log-ins to the dashboard, from elsewhere',
    answer: 'the next row holds',
  },
  'address-log-ins-pace': {
    per: 'address',
    count: 1,
    periodMs: 2_000,
    what: 'log-ins to the dashboard, from elsewhere',
    answer: TOO_MANY,
  },
} as const satisfies Record<string, DocumentedRule>;
