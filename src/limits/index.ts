import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { forget, giveBack, readUsed, type Share, type Taken, take, waitMs } from './counts.js';
import { networksOf } from './networks.js';
import type { RuleName, Rules } from './rules.js';

/** A share of one of the rules: `of` is whose, and an address for the rules that count by address. */
export interface Use {
  rule: RuleName;
  of: string;
  /** Counts once for each different one of these in the rule's time; without it, always. */
  each?: string;
}

export interface Counted {
  /** There was nothing to count after all. Never rejects: a count too many is better than an answer withheld. */
  giveBack(): Promise<void>;
}

/** How much of something there may be: one mechanism for every door, kept in the database. */
export interface Limits {
  /** Counts all of them or none. Rejects with rate_limited, and the longest wait, when one is used up. */
  count(uses: readonly Use[]): Promise<Counted>;
  /** Rejects like `count`, but counts nothing. */
  check(uses: readonly Use[]): Promise<void>;
  /** Milliseconds until there is something left of all of them; 0: there is now. */
  waitMs(uses: readonly Use[]): Promise<number>;
  /** How much of a rule is used, by one, or by all whose names begin so; the names of addresses are their networks. */
  used(rule: RuleName, of: string, options?: { begins: boolean }): Promise<Used[]>;
  /** Starts them anew: those of one, or of all whose names begin so. False: nothing was used. */
  forget(uses: readonly Use[], options?: { begins: boolean }): Promise<boolean>;
}

export interface Used {
  of: string;
  used: number;
  /** Until there is something left; 0: there is now. */
  waitMs: number;
}

export function createLimits(deps: { store: Store; clock: Clock; rules: Rules }): Limits {
  const { store, clock, rules } = deps;

  /** In one order for everybody: two requests that count the same shares never wait for each other. */
  const sharesOf = (uses: readonly Use[]): UsedShare[] =>
    uses
      .flatMap(sharesIn)
      .filter(({ rule }) => rule.count > 0)
      .sort((one, other) => compare(one.name, other.name) || compare(one.subject, other.subject));

  function sharesIn({ rule: name, of, each }: Use): UsedShare[] {
    const rule = rules[name];
    if (!name.startsWith('address-')) return [{ name, subject: of, rule, each }];
    return networksOf(of).map(({ key, times }) => ({
      name,
      subject: key,
      rule: { ...rule, count: rule.count * times },
      each,
    }));
  }

  /** Empty: it was counted before. Throws when it is used up. */
  async function takeOne(trx: Store, share: UsedShare): Promise<Taken[]> {
    const now = clock.now();
    const first = share.each === undefined ? null : await take(trx, firstOf(share, share.each), now);
    if (share.each !== undefined && first === null) {
      if ((await waitMs(trx, share, now)) > 0) throw new UsedUp();
      return [];
    }
    const taken = await take(trx, share, now);
    if (taken === null) throw new UsedUp();
    return first === null ? [taken] : [first, taken];
  }

  async function longestWait(shares: readonly Share[]): Promise<number> {
    const waits = await Promise.all(shares.map((share) => waitMs(store, share, clock.now())));
    return Math.max(0, ...waits);
  }

  return {
    async count(uses) {
      const shares = sharesOf(uses);
      if (shares.length === 0) return { giveBack: async () => {} };
      const taken = await store
        .transaction()
        .execute(async (trx) => {
          const all: Taken[] = [];
          for (const share of shares) all.push(...(await takeOne(trx, share)));
          return all;
        })
        .catch(async (error: unknown) => {
          throw error instanceof UsedUp ? tooMany(await longestWait(shares)) : error;
        });
      return {
        async giveBack() {
          for (const one of taken) await giveBack(store, one).catch(() => {});
        },
      };
    },

    async check(uses) {
      const wait = await longestWait(sharesOf(uses));
      if (wait > 0) throw tooMany(wait);
    },

    waitMs: (uses) => longestWait(sharesOf(uses)),

    async used(name, of, { begins } = { begins: false }) {
      const found = await readUsed(store, { name, subject: of, rule: rules[name] }, begins, clock.now());
      return found.map(({ subject, ...used }) => ({ of: subject, ...used }));
    },

    async forget(uses, { begins } = { begins: false }) {
      let wasUsed = false;
      for (const share of sharesOf(uses)) wasUsed = (await forget(store, share, begins)) || wasUsed;
      return wasUsed;
    },
  };
}

type UsedShare = Share & { each: string | undefined };

/** The row that remembers that one was counted. */
function firstOf({ name, subject, rule }: Share, each: string): Share {
  return { name: `${name} each`, subject: `${subject} ${each}`, rule: { count: 1, periodMs: rule.periodMs } };
}

/** Ends the transaction; the answer is made afterwards. */
class UsedUp extends Error {}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** The other side has counted on at least a millisecond. */
function tooMany(wait: number): AppError {
  return new AppError('rate_limited', 'Too many requests.', {
    retryAfterSeconds: Math.max(1, wait) / 1_000,
  });
}
