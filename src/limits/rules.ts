import { CODE_RULES } from './code-rules.js';
import { DAY_MS, type DocumentedRule, HOUR_MS, MINUTE_MS, type Rule, TOO_MANY } from './documented-rule.js';
import { LOG_IN_RULES } from './log-in-rules.js';
import { PAGE_RULES } from './page-rules.js';
import { WEBHOOK_RULES } from './webhook-rules.js';

export type { Rule } from './documented-rule.js';

/**
 * Every limit that is kept in the database, so that a restart resets nothing and all processes count together. The table
 * in the README is checked against this one.
 */
export const RULES = {
  'address-contacts': {
    per: 'address',
    count: 20,
    periodMs: 10 * MINUTE_MS,
    what: 'codes to contacts that are new to us',
    variable: 'NEW_CONTACTS_PER_10_MINUTES',
    eased: true,
    answer: TOO_MANY,
  },
  'address-contacts-day': {
    per: 'address',
    count: 100,
    periodMs: DAY_MS,
    what: 'codes to contacts that are new to us',
    variable: 'NEW_CONTACTS_PER_DAY',
    eased: true,
    answer: TOO_MANY,
  },
  'address-sends': {
    per: 'address',
    count: 60,
    periodMs: 10 * MINUTE_MS,
    what: 'codes',
    variable: 'SENDS_PER_10_MINUTES',
    eased: true,
    answer: TOO_MANY,
  },
  'address-misses': {
    per: 'address',
    count: 15,
    periodMs: HOUR_MS,
    blockMs: HOUR_MS,
    what: 'sign-ups with numbers that are not on WhatsApp; then an hour of none with new numbers',
    eased: true,
    answer: TOO_MANY,
  },
  'address-captchas': {
    per: 'address',
    count: 60,
    periodMs: 10 * MINUTE_MS,
    what: 'CAPTCHAs that were not solved',
    eased: true,
    answer: TOO_MANY,
  },
  'prefix-contacts': {
    per: 'number less 4 digits',
    count: 10,
    periodMs: HOUR_MS,
    what: 'codes to numbers that are new to us',
    eased: true,
    answer: TOO_MANY,
  },
  mails: {
    per: 'all',
    count: 300,
    periodMs: HOUR_MS,
    what: 'mails with codes or notices',
    variable: 'MAILS_PER_HOUR',
    eased: true,
    answer: TOO_MANY,
  },
  'contact-notices': {
    per: 'contact',
    count: 3,
    periodMs: HOUR_MS,
    what: 'notices about the own account',
    answer: 'none is sent',
  },
  'mails-new': {
    per: 'all',
    count: 240,
    periodMs: HOUR_MS,
    what: 'notices, and mails with codes to addresses that are new to us: the rest is for codes to people with an account',
    partOf: { rule: 'mails', part: 0.8 },
    eased: true,
    answer: TOO_MANY,
  },
  'cold-messages': {
    per: 'all',
    count: 0,
    periodMs: DAY_MS,
    what: 'messages to people who have not written, where the variable is set',
    variable: 'COLD_MESSAGES_PER_DAY',
    aligned: true,
    answer: '503 `cold_budget_used` with `Retry-After`',
  },
  'cold-messages-doors': {
    per: 'all',
    count: 0,
    periodMs: DAY_MS,
    what: 'those that the sign-in contracts send',
    partOf: { rule: 'cold-messages', part: 0.5 },
    aligned: true,
    answer: '503 `sender_restricted` with `Retry-After`',
  },
  'sms-messages': {
    per: 'all',
    count: 500,
    periodMs: DAY_MS,
    aligned: true,
    what: 'SMS',
    variable: 'dailyCap',
    answer: '503 `sms_cap_used` with `Retry-After`',
  },
  'address-code-tries': {
    per: 'address',
    count: 60,
    periodMs: 10 * MINUTE_MS,
    what: 'wrong codes',
    eased: true,
    answer: TOO_MANY,
  },
  ...CODE_RULES,
  'client-passwords': {
    per: 'account and client',
    count: 10,
    periodMs: 15 * MINUTE_MS,
    what: 'wrong passwords',
    answer: TOO_MANY,
  },
  'account-passwords': {
    per: 'account',
    count: 100,
    periodMs: 30 * DAY_MS,
    what: 'wrong passwords without a right one; then only clients get in that signed in during the last 30 days',
    answer: TOO_MANY,
  },
  'account-notices': {
    per: 'account',
    count: 1,
    periodMs: DAY_MS,
    what: 'notices that the wrong passwords above were used up',
    answer: 'none is sent',
  },
  'address-passwords': {
    per: 'address',
    count: 60,
    periodMs: MINUTE_MS,
    what: 'wrong passwords',
    eased: true,
    answer: TOO_MANY,
  },
  'address-passwords-hour': {
    per: 'address',
    count: 300,
    periodMs: HOUR_MS,
    what: 'wrong passwords',
    eased: true,
    answer: TOO_MANY,
  },
  'address-accounts': {
    per: 'address',
    count: 20,
    periodMs: 10 * MINUTE_MS,
    blockMs: HOUR_MS,
    what: 'accounts whose password was wrong; then an hour of nothing',
    eased: true,
    answer: TOO_MANY,
  },
  'address-lookups': {
    per: 'address',
    count: 10,
    periodMs: 10 * MINUTE_MS,
    what: 'answers that tell whether somebody is known',
    variable: 'UNKNOWN_LOOKUPS_PER_10_MINUTES',
    eased: true,
    answer: TOO_MANY,
  },
  'address-google': {
    per: 'address',
    count: 30,
    periodMs: 10 * MINUTE_MS,
    what: 'sign-ins with Google that were begun',
    eased: true,
    answer: 'back to the client with `oauth_failed`',
  },
  ...PAGE_RULES,
  ...LOG_IN_RULES,
  ...WEBHOOK_RULES,
} as const satisfies Record<string, DocumentedRule>;

export type RuleName = keyof typeof RULES;
export type Rules = Readonly<Record<RuleName, Rule>>;

/** Outside production a limit by address, contact or number is this much larger: one address is a whole team there. */
const EASE = 100;

/** @param overrides what the configuration says instead. */
export function rulesOf(settings: { eased: boolean; overrides: Partial<Record<RuleName, Rule>> }): Rules {
  const entries = Object.entries(RULES).map(([name, documented]): [string, Rule] => {
    const { count, periodMs, blockMs, aligned, eased } = documented as DocumentedRule;
    const rule = {
      count: eased && settings.eased ? count * EASE : count,
      periodMs,
      ...(blockMs && { blockMs }),
      ...(aligned && { aligned }),
    };
    return [name, { ...rule, ...settings.overrides[name as RuleName] }];
  });
  return Object.fromEntries(entries) as Record<RuleName, Rule>;
}
