import type { Store } from '../../../../database/schema.js';
import type { Clock, Timer } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { Quota } from '../stanzas/account.js';
import type { Facts } from './facts.js';

/** What is kept between runs, in `service_status`. */
export interface StatusRow {
  /** Creates the account's row when there is none. */
  read(facts: Facts): Promise<StoredStatus>;
  /** In the background, and only if something has changed; a failed write is repeated. */
  write(facts: Facts): void;
  /** Stores what is no fact of the sender's state. */
  note(what: { tokens_read_at: number } | { by_number_at: number | null }): Promise<void>;
  /** Resolves when everything so far has been written, or has failed; no failed write is repeated after it. */
  close(): Promise<void>;
}

export interface StoredStatus {
  phone: string | null;
  lostSince: number | null;
  restrictedSince: number | null;
  restrictedAt: number | null;
  restrictedUntil: number | null;
  cappedAt: number | null;
  cappedUntil: number | null;
  quota: Quota | null;
  lockedAt: number | null;
  linkedAt: number | null;
  /** When a session of an earlier installation was imported, or given up. */
  importedAt: number | null;
  /** When the session's tokens were taken over into `recipients`. */
  tokensReadAt: number | null;
  /** Since when messages go to numbers; null: they go to LIDs. */
  byNumberAt: number | null;
}

/** How soon a failed write is repeated. */
const WRITE_AGAIN_MS = 5_000;

export function createStatusRow(deps: { store: Store; clock: Clock; log: Log; account: string }): StatusRow {
  const { store, clock, log, account } = deps;
  let known = '';
  let writing = Promise.resolve();
  let again: Timer | null = null;
  let closed = false;

  function write(facts: Facts): void {
    const columns = columnsOf(facts);
    const wanted = JSON.stringify(columns);
    if (wanted === known) return;
    known = wanted;
    again?.cancel();
    writing = writing.then(async () => {
      try {
        await store.updateTable('service_status').set(columns).where('account', '=', account).execute();
      } catch (error) {
        log.error('the WhatsApp status could not be stored', { error });
        // A later write covers the whole row as well.
        if (known !== wanted) return;
        known = '';
        if (!closed) again = clock.after(WRITE_AGAIN_MS, () => write(facts));
      }
    });
  }

  return {
    async read({ state, since }) {
      await store
        .insertInto('service_status')
        .values({ account, state, since })
        .onConflict((conflict) => conflict.column('account').doNothing())
        .execute();
      const row = await store
        .selectFrom('service_status')
        .selectAll()
        .where('account', '=', account)
        .executeTakeFirstOrThrow();
      return {
        phone: row.phone,
        lostSince: row.lost_since,
        restrictedSince: row.restricted_since,
        restrictedAt: row.restricted_at,
        restrictedUntil: row.restricted_until,
        cappedAt: row.capped_at,
        cappedUntil: row.capped_until,
        quota: row.quota === null ? null : (JSON.parse(row.quota) as Quota),
        lockedAt: row.locked_at,
        linkedAt: row.linked_at,
        importedAt: row.session_imported_at,
        tokensReadAt: row.tokens_read_at,
        byNumberAt: row.by_number_at,
      };
    },
    write,
    async note(what) {
      await store.updateTable('service_status').set(what).where('account', '=', account).execute();
    },
    close() {
      closed = true;
      again?.cancel();
      return writing;
    },
  };
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
    capped_at: facts.cappedAt,
    capped_until: facts.cappedUntil,
    quota: facts.quota && JSON.stringify(facts.quota),
    locked_at: facts.lockedAt,
    linked_at: facts.linkedAt,
    // The stored word is older than the name `pairing`.
    needs_person: facts.need === 'pairing' ? 'not_paired' : facts.need,
  };
}
