import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Joined } from '../../delivery/queue/new-job.js';
import { AppError, type WrittenFirst } from '../../errors.js';
import { createTurns } from '../../one-at-a-time.js';
import type { Sealer } from '../../sealing.js';
import { WRITTEN_ON } from '../written-on.js';
import { cancelOlder, endCodes, endIfSilent, putCode } from './code-rows.js';
import type { ReservedStart, RoutedCode, Routing, StoredAs } from './route.js';

/** Codes that their callers check, and that have a row: of more than one channel, or of people who write first. */
export interface RoutedCodes extends Pick<Routing, 'routeTo'> {
  /** Like `Routing.reserve`, but rejects with the first refusal when no channel can push. */
  reserve(code: RoutedCode): Promise<ReservedCode>;
  /** Stores it in a transaction of its own. */
  store(reserved: ReservedCode, as: StoredAs): Promise<number>;
  /**
   * For a code that no channel can push: what stores it for a person who writes first, and says so by throwing the refusal
   * again, with `userFirst`, when it is committed. Null: that is no way to this contact, or not now.
   */
  askedFirst(code: RoutedCode, refusal: AppError): ReservedCode | null;
  /** The right code came back: nothing more of it goes out. In the caller's transaction. */
  answered(trx: Store, askedBy: string): Promise<void>;
}

export interface ReservedCode extends Pick<ReservedStart, 'waitMs' | 'release'> {
  /** In the caller's transaction, with its row. An older code for the same person and purpose ends. */
  storeIn(trx: Store, as: StoredAs): Promise<Joined>;
}

/** What comes after the answer does not change its time. */
const AFTER_ANSWER_MS = 200;
/** With these, no answer to a text would go out either. */
const NO_ANSWERS: ReadonlySet<string> = new Set(['sending_paused', 'phone_not_served', 'store_unavailable']);

/** @param deps.sealer of `codes.code`. @param deps.codeHash of `codes.code_hash`. */
export function createRoutedCodes(deps: {
  store: Store;
  clock: Clock;
  routing: Pick<Routing, 'reserve' | 'routeTo' | 'resend'>;
  links: {
    areOfUse(lifeMs: number): boolean;
    offerIn(trx: Store, codeId: string): Promise<WrittenFirst | null>;
  };
  sealer: Sealer;
  codeHash: (code: string) => string;
  spellingsOf(phone: string): string[];
}): RoutedCodes {
  const { store, clock, routing, links, spellingsOf } = deps;
  /** Of two for one person, one has to be the newer. */
  const inTurn = createTurns();

  async function putNewest(trx: Store, code: RoutedCode, as: StoredAs, isAsked: boolean): Promise<string> {
    const askedBy = as.askedBy ?? null;
    const id = await putCode(trx, code, { ...deps, askedBy, isAsked });
    const { purpose, contact, silent } = code;
    await cancelOlder(trx, { id, purpose, askedBy, silent }, spellingsOf(contact.value), clock.now());
    return id;
  }

  /** It was refused like a code to somebody out of reach, and they may be within. */
  function pushAlso(id: string): void {
    // The person can write first all the same.
    routing.resend(id, WRITTEN_ON).catch(() => {});
  }

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
          const id = await putNewest(trx, code, as, false);
          const { jobId } = await start.storeIn(trx, id, as);
          return { jobId, committed: start.committed };
        },
      };
    },

    askedFirst(code, refusal) {
      const { route, contact, createdAt, expiresAt, asCold, door } = code;
      const canWrite = contact.kind === 'phone' && route.includes(WRITTEN_ON);
      if (!canWrite || NO_ANSWERS.has(refusal.code) || !links.areOfUse(expiresAt - createdAt)) return null;
      return {
        waitMs: null,
        release() {},
        async storeIn(trx, as) {
          const id = await putNewest(trx, code, as, true);
          const userFirst = await links.offerIn(trx, id);
          if (!userFirst) throw refusal;
          await endIfSilent(trx, { id, silent: code.silent }, clock.now());
          return {
            jobId: null,
            committed() {
              if (asCold && door === 'sign-in') clock.after(AFTER_ANSWER_MS, () => pushAlso(id));
              throw new AppError(refusal.code, refusal.message, { ...refusal.options, userFirst });
            },
          };
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
