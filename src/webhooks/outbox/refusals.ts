import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Limits } from '../../limits/index.js';

/** A code that was asked for and not made. */
export interface Refused {
  /** As `NewJob.caller`. */
  caller: string;
  /** E.164 or an address; null: not known at that door. */
  contact: string | null;
}

export interface Refusals {
  /**
   * The same function; when it rejects because of a limit or because nothing can be sent, that is told. Called within
   * another that is watched as well, it is told once.
   */
  watched<Args extends unknown[], T>(
    ask: (...args: Args) => Promise<T>,
    refusedOf: (...args: Args) => Refused | Promise<Refused>,
  ): (...args: Args) => Promise<T>;
}

/**
 * @param deps.isTold which failures are told: those that are answered with 429 or 503.
 * @param deps.isHeard whether anybody listens, as far as is known.
 */
export function createRefusals(deps: {
  store: Store;
  clock: Clock;
  limits: Pick<Limits, 'count'>;
  isTold(error: AppError): boolean;
  isHeard(): boolean;
  onRecorded(): void;
}): Refusals {
  const { store, clock, limits } = deps;
  const told = new WeakSet<AppError>();
  /** By hearer: until when no more are told, by the clock that nobody sets. */
  const quietUntil = new Map<string, number>();

  async function record(error: AppError, refused: Refused | Promise<Refused>): Promise<void> {
    const { caller, contact } = await refused;
    const hearer = caller.startsWith('key:') ? caller : 'env';
    if ((quietUntil.get(hearer) ?? 0) > clock.elapsed() || !(await hasEndpoint(hearer))) return;
    try {
      await limits.count([{ rule: 'webhook-refusals', of: hearer }]);
    } catch (refusal) {
      const seconds = refusal instanceof AppError ? (refusal.options.retryAfterSeconds ?? 1) : 1;
      quietUntil.set(hearer, clock.elapsed() + seconds * 1_000);
      return;
    }
    const { retryAfterSeconds, reason } = error.options;
    await store
      .insertInto('webhook_events')
      .values({
        type: 'code.refused',
        hearer,
        at: clock.now(),
        contact,
        error_code: error.code,
        error_message: reason ?? error.message,
        ...(retryAfterSeconds !== undefined && { detail: JSON.stringify({ retryAfterSeconds }) }),
      })
      .execute();
    deps.onRecorded();
  }

  async function hasEndpoint(hearer: string): Promise<boolean> {
    const row = await store
      .selectFrom('webhook_endpoints')
      .select('id')
      .where('caller', '=', hearer)
      .where('disabled_at', 'is', null)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  function note(error: unknown, refusedOf: () => Refused | Promise<Refused>): void {
    if (!(error instanceof AppError) || told.has(error) || !deps.isTold(error) || !deps.isHeard()) return;
    told.add(error);
    // The caller has its answer, whatever comes of this.
    record(error, refusedOf()).catch(() => {});
  }

  return {
    watched: (ask, refusedOf) => {
      return async (...args) => {
        try {
          return await ask(...args);
        } catch (error) {
          note(error, () => refusedOf(...args));
          throw error;
        }
      };
    },
  };
}
