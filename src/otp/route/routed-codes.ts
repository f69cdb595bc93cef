import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Joined } from '../../delivery/queue/new-job.js';
import { createTurns } from '../../one-at-a-time.js';
import type { Sealer } from '../../sealing.js';
import { cancelOlder, endCodes, putCode } from './code-rows.js';
import type { ReservedStart, RoutedCode, Routing, StoredAs } from './route.js';

/** Codes that their callers check, with a route of more than one channel. */
export interface RoutedCodes extends Pick<Routing, 'routeTo'> {
  /** Like `Routing.reserve`, but rejects with the first refusal when no channel can push. */
  reserve(code: RoutedCode): Promise<ReservedCode>;
  /** Stores it in a transaction of its own. */
  store(reserved: ReservedCode, as: StoredAs): Promise<number>;
  /** The right code came back: nothing more of it goes out. In the caller's transaction. */
  answered(trx: Store, askedBy: string): Promise<void>;
}

export interface ReservedCode extends Pick<ReservedStart, 'waitMs' | 'release'> {
  /** In the caller's transaction, with its row. An older code for the same person and purpose ends. */
  storeIn(trx: Store, as: StoredAs): Promise<Joined>;
}

/** @param deps.sealer of `codes.code`. @param deps.codeHash of `codes.code_hash`. */
export function createRoutedCodes(deps: {
  store: Store;
  clock: Clock;
  routing: Pick<Routing, 'reserve' | 'routeTo'>;
  sealer: Sealer;
  codeHash: (code: string) => string;
  spellingsOf(phone: string): string[];
}): RoutedCodes {
  const { store, clock, routing, spellingsOf } = deps;
  /** Of two for one person, one has to be the newer. */
  const inTurn = createTurns();

  return {
    routeTo: routing.routeTo,

    async reserve(code) {
      const start = await routing.reserve(code);
      const [refused] = start.passedOver;
      if (start.begins === null && refused) throw refused.error;
      return {
        waitMs: start.waitMs,
        release: start.release,
        async storeIn(trx, as) {
          const askedBy = as.askedBy ?? null;
          const id = await putCode(trx, code, { ...deps, askedBy });
          if (!code.silent) {
            const { purpose, contact } = code;
            await cancelOlder(trx, { id, purpose, askedBy }, spellingsOf(contact.value), clock.now());
          }
          const { jobId } = await start.storeIn(trx, id, as);
          return { jobId, committed: start.committed };
        },
      };
    },

    async store(reserved, as) {
      const { jobId, committed } = await inTurn(() =>
        store.transaction().execute((trx) => reserved.storeIn(trx, as)),
      );
      committed();
      return jobId ?? 0;
    },

    async answered(trx, askedBy) {
      const open = await trx
        .selectFrom('codes')
        .select('id')
        .where('asked_by', '=', askedBy)
        .where('status', '=', 'pending')
        .execute();
      const ids = open.map(({ id }) => id);
      await endCodes(trx, ids, clock.now(), 'approved');
    },
  };
}
