import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Sealer } from '../../sealing.js';
import type { Idempotency, IdempotencyClaim } from '../idempotency.js';
import { keyInFlight } from '../key-in-flight.js';
import { orStoreUnavailable } from '../or-store-unavailable.js';
import type { AnsweredOnce, Verification, Verifications } from './verification.js';

/** Starts under an idempotency key: one key, one start, one answer. */
export interface StartsOnce {
  /**
   * The first answer again if there is one, otherwise `start`. Rejects with idempotency_key_in_flight (409) or
   * idempotency_key_reused (422).
   * @param request all that the answer depends on.
   */
  once(
    key: { caller: string; key: string; request: string },
    start: (once: AnsweredOnce) => Promise<Verification>,
  ): Promise<Verification>;
}

/** @param deps.sealer of what is stored under an idempotency key, whose context is the key's id. */
export function createStartsOnce(deps: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  idempotency: Pick<Idempotency, 'claimOf' | 'alone' | 'stored'>;
  verifications: Pick<Verifications, 'find'>;
}): StartsOnce {
  const { store, clock, sealer, idempotency, verifications } = deps;

  /** What began under the key, and the answer unless the process ended before it was there. */
  async function first(claim: IdempotencyClaim): Promise<Verification | null> {
    const stored = await idempotency.stored(claim);
    if (stored === null) return null;
    const { id, answer } = JSON.parse(stored.response) as { id: string; answer?: Verification };
    return answer ?? (await verifications.find({ id }));
  }

  function under({ id: key, requestHash }: IdempotencyClaim): AnsweredOnce {
    const sealed = (what: { id: string; answer?: Verification }) => sealer.seal(JSON.stringify(what), key);
    return {
      async takeIn(trx, id, expiresAt) {
        const now = clock.now();
        await trx
          .deleteFrom('idempotency_keys')
          .where('id', '=', key)
          .where('expires_at', '<=', now)
          .execute();
        const taken = await trx
          .insertInto('idempotency_keys')
          .values({
            id: key,
            request_hash: requestHash,
            response: sealed({ id }),
            created_at: now,
            expires_at: expiresAt,
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .executeTakeFirst();
        if (!taken.numInsertedOrUpdatedRows) throw keyInFlight();
      },
      async keep(answer) {
        await store
          .updateTable('idempotency_keys')
          .set({ response: sealed({ id: answer.id, answer }) })
          .where('id', '=', key)
          .execute();
      },
    };
  }

  return {
    once({ caller, key, request }, start) {
      const claim = idempotency.claimOf(caller, key, `verification:${request}`);
      const make = async () => (await first(claim)) ?? (await start(under(claim)));
      return orStoreUnavailable(idempotency.alone(claim, make));
    },
  };
}
