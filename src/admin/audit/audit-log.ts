import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';

/** The actions that are recorded. */
export type AuditAction =
  | 'signed_in'
  | 'sign_in_failed'
  | 'signed_out'
  | 'session_ended'
  | 'sessions_ended'
  | 'queue_paused'
  | 'queue_resumed'
  | 'channel_paused'
  | 'channel_resumed'
  | 'session_reloaded'
  | 'whatsapp_logged_out'
  | 'pairing_code_requested'
  | 'job_retried'
  | 'jobs_retried'
  | 'job_deleted'
  | 'jobs_deleted'
  | 'number_revealed'
  | 'digits_searched'
  | 'verification_canceled'
  | 'user_deactivated'
  | 'user_reactivated'
  | 'user_let_in'
  | 'user_deleted'
  | 'user_revealed'
  | 'prefix_unblocked'
  | 'key_created'
  | 'key_rotated'
  | 'key_revoked'
  | 'key_changed'
  | 'hook_created'
  | 'hook_rotated'
  | 'hook_disabled'
  | 'hook_enabled'
  | 'hook_removed'
  | 'webhook_created'
  | 'webhook_changed'
  | 'webhook_rotated'
  | 'webhook_disabled'
  | 'webhook_enabled'
  | 'webhook_removed'
  | 'webhook_tested'
  | 'webhook_replayed';

export interface NewAuditEntry {
  /** Who: the user name, which anybody can make up in a failed sign-in. */
  actor: string;
  /** From where: the client's address. */
  address: string;
  action: AuditAction;
  target?: string;
  detail?: string;
}

export interface AuditEntry {
  id: number;
  at: number;
  actor: string;
  address: string;
  action: AuditAction;
  target: string | null;
  detail: string | null;
}

/** Who did what, when and from where. Texts are shortened and stripped of what could break a page; no secrets belong here. */
export interface AuditLog {
  /** Resolves with the entry's number when it is stored. */
  record(entry: NewAuditEntry): Promise<number>;
  /** The same in the transaction of what it is about. */
  recordIn(trx: Store, entry: NewAuditEntry): Promise<number>;
  /** Replaces the detail of an entry whose action is still running. @param trx that it belongs to, if any. */
  amend(id: number, detail: string, trx?: Store): Promise<void>;
  /** The newest entries, or those older than entry `before`, newest first. */
  page(before: number | null, limit: number): Promise<AuditEntry[]>;
}

const MAX_NAME = 64;
const MAX_TEXT = 200;
const PRUNE_CHUNK = 1_000;
/** SQLite takes a tenth of a second to find the end of such a long table: pruned only every so many entries. */
const LIMITS = { maxEntries: 100_000, maxFailedSignIns: 20_000, pruneEvery: 1_000 };

/**
 * @param deps.limits how much is kept. Strangers can only displace each other's failed sign-ins, never what a user did.
 */
export function createAuditLog(deps: { store: Store; clock: Clock; limits?: typeof LIMITS }): AuditLog {
  const { store, clock, limits = LIMITS } = deps;

  async function prune(trx: Store, max: number, action?: AuditAction): Promise<void> {
    let entries = trx.selectFrom('audit_log').select('id').orderBy('id', 'desc');
    if (action) entries = entries.where('action', '=', action);
    const newestToGo = await entries.offset(max).limit(1).executeTakeFirst();
    if (!newestToGo) return;
    const gone = entries.clearOrderBy().where('id', '<=', newestToGo.id).orderBy('id').limit(PRUNE_CHUNK);
    let count: bigint;
    do {
      const result = await trx.deleteFrom('audit_log').where('id', 'in', gone).executeTakeFirst();
      count = result.numDeletedRows;
    } while (count === BigInt(PRUNE_CHUNK));
  }

  const recordIn: AuditLog['recordIn'] = async (trx, { actor, address, action, target, detail }) => {
    const { id } = await trx
      .insertInto('audit_log')
      .values({
        at: clock.now(),
        actor: plain(actor, MAX_NAME),
        address: plain(address, MAX_NAME),
        action,
        target: target === undefined ? null : plain(target, MAX_TEXT),
        detail: detail === undefined ? null : plain(detail, MAX_TEXT),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (id % limits.pruneEvery === 0) {
      await prune(trx, limits.maxFailedSignIns, 'sign_in_failed');
      await prune(trx, limits.maxEntries);
    }
    return id;
  };

  return {
    record: (entry) => recordIn(store, entry),
    recordIn,

    async amend(id, detail, trx = store) {
      await trx
        .updateTable('audit_log')
        .set({ detail: plain(detail, MAX_TEXT) })
        .where('id', '=', id)
        .execute();
    },

    async page(before, limit) {
      let entries = store.selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(limit);
      if (before !== null) entries = entries.where('id', '<', before);
      const rows = await entries.execute();
      return rows.map((row) => ({ ...row, action: row.action as AuditAction }));
    },
  };
}

/** One line of at most `max` characters: no invisible characters, none that change the direction of the text. */
function plain(text: string, max: number): string {
  const start = text.slice(0, 4 * max).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
  return [...start].slice(0, max).join('').trim();
}
