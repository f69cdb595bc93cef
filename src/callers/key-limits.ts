import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { giveBack, type Share, type Taken, take, waitMs } from '../limits/counts.js';
import type { Caller } from './caller.js';

/** How much each key may do: counted like all other limits, by the minute and by the day in UTC. */
export interface KeyLimits {
  /** One more request. Rejects with rate_limited. */
  countRequest(caller: Counted): Promise<void>;
  /**
   * One more code to this number (E.164). Rejects with rate_limited; resolves with a function that takes it back if there
   * was no code after all.
   */
  countCode(caller: Counted, phone: string): Promise<() => Promise<void>>;
}

type Counted = Pick<Caller, 'id' | 'limits'>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
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

  return {
    async countRequest({ id, limits: { perMinute } }) {
      if (perMinute === null) return;
      const message = 'Too many requests from this API key. Please slow down.';
      await count({ name: 'key-requests', subject: id, rule: ruleOf(perMinute, MINUTE_MS), message });
    },

    async countCode(caller, phone) {
      const counted: Taken[] = [];
      const takeAllBack = async () => {
        for (const each of counted) await giveBack(store, each);
      };
      for (const bound of boundsOfCode(caller, phone)) {
        try {
          counted.push(await count(bound));
        } catch (error) {
          await takeAllBack().catch(() => {});
          throw error;
        }
      }
      return takeAllBack;
    },
  };
}

function boundsOfCode({ id, limits: { perDay, perCountry } }: Counted, phone: string): Bound[] {
  const bounds: Bound[] = [];
  if (perDay !== null) {
    const message = 'This API key has used up its codes of the day.';
    bounds.push({ name: 'key-codes', subject: id, rule: ruleOf(perDay, DAY_MS), message });
  }
  if (perCountry === null) return bounds;
  const country = parsePhoneNumberFromString(phone)?.country ?? 'ZZ';
  const limit = perCountry.get(country) ?? perCountry.get(EACH_OTHER);
  if (limit !== undefined) {
    const message = 'This API key has used up its codes of the day to this country.';
    const subject = `${id} ${country}`;
    bounds.push({ name: 'key-country-codes', subject, rule: ruleOf(limit, DAY_MS), message });
  }
  return bounds;
}

const ruleOf = (count: number, periodMs: number) => ({ count, periodMs, aligned: true as const });
