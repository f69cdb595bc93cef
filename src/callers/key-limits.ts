import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { giveBack, type Share, type Taken, take, waitMs } from '../limits/counts.js';
import { areCodesCounted, type Caller, type CallerLimits, keyCallerId } from './caller.js';
import { orderOf } from './key-rows.js';

/** How much each key may do: counted like all other limits, by the minute, the hour and the day in UTC. */
export interface KeyLimits {
  /** One more request. Rejects with rate_limited. */
  countRequest(caller: Counted): Promise<void>;
  /**
   * One more code to this number (E.164) or address. Rejects with rate_limited, and the wait for the share that was used
   * up; resolves with a function that takes it back if there was no code after all.
   */
  countCode(caller: Counted, contact: string): Promise<() => Promise<void>>;
  /** What counts a code of this caller; null: its key has no limit of codes. */
  admission(caller: Counted, contact: string): (() => Promise<() => Promise<void>>) | null;
  /** The same where only the caller's id is known. Whoever has no key in the table has no limits. */
  countCodeOf(callerId: string, contact: string): Promise<() => Promise<void>>;
}

type Counted = Pick<Caller, 'id' | 'limits'>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const EACH_OTHER = '*';

/** A limit that applies to a request. */
interface Bound extends Share {
  message: string;
}

export function createKeyLimits(deps: { store: Store; clock: Clock }): KeyLimits {
  const { store, clock } = deps;

  async function count({ message, ...share }: Bound): Promise<Taken> {
    const taken = await take(store, share, clock.now());
    if (taken) return taken;
    // The other side has counted on at least a millisecond.
    const wait = Math.max(1, await waitMs(store, share, clock.now()));
    throw new AppError('rate_limited', message, { retryAfterSeconds: wait / 1_000 });
  }

  async function countCode(caller: Counted, contact: string): Promise<() => Promise<void>> {
    const counted: Taken[] = [];
    const takeAllBack = async () => {
      for (const each of counted) await giveBack(store, each);
    };
    for (const bound of boundsOfCode(caller, contact)) {
      try {
        counted.push(await count(bound));
      } catch (error) {
        await takeAllBack().catch(() => {});
        throw error;
      }
    }
    return takeAllBack;
  }

  return {
    async countRequest({ id, limits: { perMinute } }) {
      if (perMinute === null) return;
      const message = 'Too many requests from this API key. Please slow down.';
      await count({ name: 'key-requests', subject: id, rule: ruleOf(perMinute, MINUTE_MS), message });
    },

    countCode,

    admission: (caller, contact) => (areCodesCounted(caller) ? () => countCode(caller, contact) : null),

    async countCodeOf(callerId, contact) {
      const prefix = keyCallerId('');
      if (!callerId.startsWith(prefix)) return async () => {};
      const row = await store
        .selectFrom('api_keys')
        .selectAll()
        .where('id', '=', callerId.slice(prefix.length))
        .executeTakeFirst();
      return row ? await countCode({ id: callerId, limits: orderOf(row).limits }, contact) : async () => {};
    },
  };
}

/** The longest first: whoever has used up the day is not told to come back in a minute. */
function boundsOfCode({ id, limits }: Counted, contact: string): Bound[] {
  const times = [
    { name: 'key-codes', limit: limits.perDay, periodMs: DAY_MS, words: 'day' },
    { name: 'key-codes-hour', limit: limits.codesPerHour, periodMs: HOUR_MS, words: 'hour' },
    { name: 'key-codes-minute', limit: limits.codesPerMinute, periodMs: MINUTE_MS, words: 'minute' },
  ];
  const bounds = times.flatMap(({ name, limit, periodMs, words }): Bound[] => {
    if (limit === null) return [];
    const message = `This API key has used up its codes of the ${words}.`;
    return [{ name, subject: id, rule: ruleOf(limit, periodMs), message }];
  });
  return [...bounds, ...boundOfCountry(id, limits.perCountry, contact)];
}

/** Addresses are in no country. */
function boundOfCountry(id: string, perCountry: CallerLimits['perCountry'], contact: string): Bound[] {
  if (perCountry === null || contact.includes('@')) return [];
  const country = parsePhoneNumberFromString(contact)?.country ?? 'ZZ';
  const limit = perCountry.get(country) ?? perCountry.get(EACH_OTHER);
  if (limit === undefined) return [];
  const message = 'This API key has used up its codes of the day to this country.';
  const subject = `${id} ${country}`;
  return [{ name: 'key-country-codes', subject, rule: ruleOf(limit, DAY_MS), message }];
}

const ruleOf = (count: number, periodMs: number) => ({ count, periodMs, aligned: true as const });
