import type { Store } from '../../../../database/schema.js';
import { type Clock, type Timer, watchSteps } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { SenderState, SenderStatus } from '../../sender.js';
import { createListeners } from '../listeners.js';
import { movedFacts } from './moved-facts.js';

/** What the sender knows about itself: told to listeners at once, and kept in `service_status`. */
export interface StatusBoard {
  /** Makes the account's row when there is none; otherwise takes over what outlives a run. */
  load(): Promise<void>;
  now(): Readonly<Facts>;
  status(): SenderStatus;
  /** When a trouble began is worked out here, unless it is told. */
  change(facts: Partial<Omit<Facts, 'since'>>): void;
  onStatus(listener: (status: SenderStatus) => void): () => void;
  /** Resolves when everything changed so far is written, or could not be. */
  written(): Promise<void>;
  /** As `written`, and nothing is tried again after it. */
  close(): Promise<void>;
}

export interface Facts {
  state: SenderState;
  since: number;
  detail: string | null;
  /** Why nothing goes out until a person acts; null when none is needed. */
  needs: string | null;
  qr: string | null;
  qrExpiresAt: number | null;
  pairingCode: string | null;
  /** The number of the stored session, E.164. */
  me: string | null;
  /** The number that was paired last, kept beyond a logout. */
  lastPhone: string | null;
  /** Since when nothing can be sent; attempts and reloads do not end it. null: connected, or never lost. */
  lostSince: number | null;
  failedAttempts: number;
  retriesExhausted: boolean;
  /** As in `SenderStatus`. */
  givenUp: boolean;
  /** When WhatsApp first, and last, said that the number is restricted. */
  restrictedSince: number | null;
  restrictedAt: number | null;
  /** null while restricted: WhatsApp did not say until when. */
  restrictedUntil: number | null;
  nextAttemptAt: number | null;
  openSince: number | null;
  importedAt: number | null;
}

/** After so long a status that could not be written is written again. */
const WRITE_AGAIN_MS = 5_000;

/** What a status without an open connection does not have. */
export const CLOSED = {
  qr: null,
  qrExpiresAt: null,
  pairingCode: null,
  openSince: null,
  nextAttemptAt: null,
} as const;

export function createStatusBoard(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  account: string;
}): StatusBoard {
  const { store, clock, log, account } = deps;
  const listeners = createListeners<SenderStatus>(log);
  const movedMs = watchSteps(clock);
  let facts: Facts = {
    state: 'CONNECTING',
    since: clock.now(),
    detail: null,
    needs: null,
    qr: null,
    qrExpiresAt: null,
    pairingCode: null,
    me: null,
    lastPhone: null,
    lostSince: null,
    failedAttempts: 0,
    retriesExhausted: false,
    givenUp: false,
    restrictedSince: null,
    restrictedAt: null,
    restrictedUntil: null,
    nextAttemptAt: null,
    openSince: null,
    importedAt: null,
  };
  let row = '';
  let writing = Promise.resolve();
  let again: Timer | null = null;
  let closed = false;

  function persist(): void {
    const columns = columnsOf(facts);
    if (JSON.stringify(columns) === row) return;
    row = JSON.stringify(columns);
    writing = writing.then(async () => {
      try {
        await store.updateTable('service_status').set(columns).where('account', '=', account).execute();
      } catch (error) {
        // All columns are written again, by the next change or by the timer.
        row = '';
        again?.cancel();
        if (!closed) again = clock.after(WRITE_AGAIN_MS, persist);
        log.error('the WhatsApp status could not be stored', { error });
      }
    });
  }

  function now(): Facts {
    const ms = movedMs();
    if (ms !== 0) {
      facts = movedFacts(facts, ms);
      persist();
    }
    return facts;
  }

  function status(): SenderStatus {
    const { needs, lastPhone, lostSince, restrictedSince, restrictedAt, importedAt, ...shown } = now();
    return {
      ...shown,
      troubleSince: facts.state === 'RESTRICTED' ? restrictedSince : lostSince,
      paired: facts.me !== null,
      needsPerson: needs !== null,
      restricted: restrictedAt !== null,
    };
  }

  return {
    async load() {
      await store
        .insertInto('service_status')
        .values({ account, state: facts.state, since: facts.since })
        .onConflict((conflict) => conflict.column('account').doNothing())
        .execute();
      const stored = await store
        .selectFrom('service_status')
        .selectAll()
        .where('account', '=', account)
        .executeTakeFirstOrThrow();
      const past = (at: number | null) => at && Math.min(at, clock.now());
      facts = {
        ...now(),
        lastPhone: stored.phone,
        lostSince: past(stored.lost_since),
        givenUp: stored.lost_since !== null,
        restrictedSince: past(stored.restricted_since),
        restrictedAt: stored.restricted_at,
        restrictedUntil: stored.restricted_until,
        importedAt: stored.session_imported_at,
      };
    },
    now,
    status,
    change(changes) {
      const before = now();
      const since = changes.state && changes.state !== before.state ? clock.now() : before.since;
      facts = { ...before, ...beginnings(before, { ...before, ...changes }, clock.now()), ...changes, since };
      if (facts.state !== before.state) {
        log.info('whatsapp sender', { account, state: facts.state, detail: facts.detail });
      }
      persist();
      listeners.tell(status());
    },
    onStatus: listeners.add,
    written: () => writing,
    close() {
      closed = true;
      again?.cancel();
      return writing;
    },
  };
}

const LOST: ReadonlySet<SenderState> = new Set(['DISCONNECTED', 'LOGGED_OUT', 'BANNED', 'CONFLICT']);

/** When the troubles of a new status began: what goes on keeps its beginning. */
function beginnings(before: Facts, after: Facts, now: number): Partial<Facts> {
  const restrictedSince = after.restrictedAt === null ? null : (before.restrictedSince ?? now);
  if (after.openSince !== null) {
    return {
      restrictedSince,
      lostSince: null,
      failedAttempts: 0,
      retriesExhausted: false,
      givenUp: false,
    };
  }
  const givenUp = before.givenUp || after.retriesExhausted || after.needs !== null;
  // An operator who logs out wants to be asked for another number: nothing is lost.
  if (after.needs === 'not_paired' && after.state === 'LOGGED_OUT')
    return { restrictedSince, givenUp, lostSince: null };
  const isLost = before.lostSince !== null || LOST.has(after.state);
  return { restrictedSince, givenUp, lostSince: isLost ? (before.lostSince ?? now) : null };
}

function columnsOf(facts: Facts) {
  return {
    state: facts.state,
    detail: facts.detail,
    since: facts.since,
    phone: facts.lastPhone,
    lost_since: facts.lostSince,
    restricted_since: facts.restrictedSince,
    restricted_at: facts.restrictedAt,
    restricted_until: facts.restrictedUntil,
    needs_person: facts.needs,
  };
}
