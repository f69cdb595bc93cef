export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** So much of something in so much time. */
export interface Rule {
  /** 0: no limit. */
  count: number;
  periodMs: number;
  /** Once it is used up, it stays so for this long. */
  blockMs?: number;
  /** Its windows are those of the clock (a minute, a day in UTC), and do not begin with the first use. */
  aligned?: true;
}

export interface DocumentedRule extends Rule {
  /** Whose share it is. An IPv6 address counts by its /64, four times as much by its /56, and 16 times by its /48. */
  per:
    | 'address'
    | 'account and client'
    | 'account'
    | 'code and client'
    | 'contact and client'
    | 'contact'
    | 'number less 4 digits'
    | 'hook'
    | 'key'
    | 'browser'
    | 'browser, or address'
    | 'all';
  /** What is counted. */
  what: string;
  /** The variable that sets the count, beside LIMITS. */
  variable?: string;
  /** It has this part of another rule's count, whatever that is set to. */
  partOf?: { rule: string; part: number };
  /** Outside production it does not hold people up. */
  eased?: true;
  /** What its end looks like from outside. */
  answer: string;
}

export const TOO_MANY = '429 with `Retry-After`';
