import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import type { Caller } from './caller.js';

/** How much each key may do: counted in the database, so that all processes count together. */
export interface KeyLimits {
  /** One more request. Rejects with rate_limited. */
  countRequest(caller: Caller): Promise<void>;
  /**
   * One more code to this number (E.164). Rejects with rate_limited; resolves with a function that takes it back if there
   * was no code after all.
   */
  countCode(caller: Caller, phone: string): Promise<() => Promise<void>>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const EACH_OTHER = '*';

/** A limit that applies to a request. */
interface Bound {
  what: string;
  limit: number;
  periodMs: number;
  message: string;
}

export function createKeyLimits(deps: { store: Store; clock: Clock }): KeyLimits {
  const { store, clock } = deps;

  /** One statement: counts, begins a new period, or changes nothing because the limit is reached. Returns the period. */
  async function count(caller: Caller, { what, limit, periodMs, message }: Bound): Promise<number> {
    const now = clock.now();
    const period = Math.floor(now / periodMs);
    const { numInsertedOrUpdatedRows } = await store
      .insertInto('caller_counts')
      .values({ caller: caller.id, what, period, used: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['caller', 'what'])
          .doUpdateSet((row) => ({
            period,
            used: row
              .case()
              .when('caller_counts.period', '=', period)
              .then(row('caller_counts.used', '+', 1))
              .else(1)
              .end(),
          }))
          .where((row) =>
            row.or([row('caller_counts.period', '!=', period), row('caller_counts.used', '<', limit)]),
          ),
      )
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) return period;
    throw new AppError('rate_limited', message, {
      retryAfterSeconds: ((period + 1) * periodMs - now) / 1_000,
    });
  }

  async function takeBack(caller: Caller, what: string, period: number): Promise<void> {
    await store
      .updateTable('caller_counts')
      .set((row) => ({ used: row('used', '-', 1) }))
      .where('caller', '=', caller.id)
      .where('what', '=', what)
      .where('period', '=', period)
      .where('used', '>', 0)
      .execute();
  }

  return {
    async countRequest(caller) {
      const { perMinute } = caller.limits;
      if (perMinute === null) return;
      const message = 'Too many requests from this API key. Please slow down.';
      await count(caller, { what: 'requests', limit: perMinute, periodMs: MINUTE_MS, message });
    },

    async countCode(caller, phone) {
      const counted: { what: string; period: number }[] = [];
      const takeAllBack = async () => {
        for (const { what, period } of counted) await takeBack(caller, what, period);
      };
      for (const bound of boundsOfCode(caller, phone)) {
        try {
          counted.push({ what: bound.what, period: await count(caller, bound) });
        } catch (error) {
          await takeAllBack().catch(() => {});
          throw error;
        }
      }
      return takeAllBack;
    },
  };
}

function boundsOfCode({ limits: { perDay, perCountry } }: Caller, phone: string): Bound[] {
  const bounds: Bound[] = [];
  if (perDay !== null) {
    const message = 'This API key has used up its codes of the day.';
    bounds.push({ what: 'codes', limit: perDay, periodMs: DAY_MS, message });
  }
  if (perCountry === null) return bounds;
  const country = parsePhoneNumberFromString(phone)?.country ?? 'ZZ';
  const limit = perCountry.get(country) ?? perCountry.get(EACH_OTHER);
  if (limit !== undefined) {
    const message = 'This API key has used up its codes of the day to this country.';
    bounds.push({ what: `codes ${country}`, limit, periodMs: DAY_MS, message });
  }
  return bounds;
}
