import { DAY_MS, type DocumentedRule, MINUTE_MS, TOO_MANY } from './documented-rule.js';

/** How many codes there may be for one contact, and how many wrong ones, from one client and from all strangers together. */
export const CODE_RULES = {
  'client-codes-day': {
    per: 'contact and client',
    count: 10,
    periodMs: DAY_MS,
    what: 'codes',
    eased: true,
    answer: TOO_MANY,
  },
  'stranger-codes': {
    per: 'contact',
    count: 3,
    periodMs: 10 * MINUTE_MS,
    what: 'codes that strangers asked for who wait for none yet',
    eased: true,
    answer: TOO_MANY,
  },
  'stranger-codes-day': {
    per: 'contact',
    count: 10,
    periodMs: DAY_MS,
    what: 'codes that strangers asked for',
    eased: true,
    answer: TOO_MANY,
  },
  'code-tries': {
    per: 'code and client',
    count: 3,
    periodMs: 10 * MINUTE_MS,
    what: 'wrong codes where another client asked for the right one',
    answer: 'as to a wrong code',
  },
  'client-tries-5': {
    per: 'contact and client',
    count: 30,
    periodMs: DAY_MS,
    what: 'wrong codes of 5 digits',
    eased: true,
    answer: TOO_MANY,
  },
  'client-tries-6': {
    per: 'contact and client',
    count: 100,
    periodMs: DAY_MS,
    what: 'wrong codes of 6 digits',
    eased: true,
    answer: TOO_MANY,
  },
  'stranger-tries-5': {
    per: 'contact',
    count: 30,
    periodMs: DAY_MS,
    what: 'wrong codes of 5 digits from strangers',
    eased: true,
    answer: TOO_MANY,
  },
  'stranger-tries-6': {
    per: 'contact',
    count: 100,
    periodMs: DAY_MS,
    what: 'wrong codes of 6 digits from strangers',
    eased: true,
    answer: TOO_MANY,
  },
} as const satisfies Record<string, DocumentedRule>;
