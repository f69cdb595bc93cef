import { type DocumentedRule, MINUTE_MS } from './documented-rule.js';

const SAID = 'the page says how long to wait';

/** What a browser may do on hosted pages, whosever they are. */
export const PAGE_RULES = {
  'browser-checks': {
    per: 'browser',
    count: 30,
    periodMs: 10 * MINUTE_MS,
    what: 'codes typed on hosted pages',
    answer: SAID,
  },
  'browser-sends': {
    per: 'browser',
    count: 10,
    periodMs: 10 * MINUTE_MS,
    what: 'codes asked for again on hosted pages',
    answer: SAID,
  },
} as const satisfies Record<string, DocumentedRule>;
