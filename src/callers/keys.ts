import type { ApiKeyRow, Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { hashOfKey, type NewApiKey, newApiKey } from './api-key.js';
import type { KeyOrder } from './key-order.js';
import { columnsOf, orderOf } from './key-rows.js';

/** A key as operators see it: neither its secret nor the stored hash. */
export interface KeyView extends KeyOrder {
  id: string;
  state: 'active' | 'expired' | 'revoked';
  createdAt: number;
  createdBy: string;
  rotatedAt: number | null;
  /** Until when the previous secret also works; null: there is none. */
  formerUntil: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
  lastUsedIp: string | null;
}

/** The keys in the table. Recording who creates or changes one is up to the caller of these functions. */
export interface Keys {
  /** Resolves with the whole key, which cannot be read again. */
  create(order: KeyOrder, by: string): Promise<NewApiKey>;
  /** Active keys first, and among equals the newest first. */
  list(): Promise<KeyView[]>;
  /** Rejects with key_unknown. */
  find(id: string): Promise<KeyView>;
  /**
   * A new secret under the same id; the current one keeps working for `overlapMs`, an earlier one ends now.
   * Rejects with key_unknown or key_revoked.
   */
  rotate(id: string, overlapMs: number): Promise<NewApiKey>;
  /** Both secrets end. Resolves with false if it was already revoked; rejects with key_unknown. */
  revoke(id: string): Promise<boolean>;
}

/** @param deps.forget drops what this process remembers about a key. */
export function createKeys(deps: { store: Store; clock: Clock; forget?(id: string): void }): Keys {
  const { store, clock, forget = () => {} } = deps;

  async function find(id: string): Promise<KeyView> {
    const row = await store.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw new AppError('key_unknown', 'There is no API key with this id.');
    return viewOf(row, clock.now());
  }

  return {
    async create(order, by) {
      const made = newApiKey();
      await store
        .insertInto('api_keys')
        .values({
          id: made.id,
          ...columnsOf(order),
          secret_hash: hashOfKey(made.key).toString('hex'),
          created_at: clock.now(),
          created_by: by,
        })
        .execute();
      return made;
    },

    async list() {
      const rows = await store
        .selectFrom('api_keys')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      const views = rows.map((row) => viewOf(row, clock.now()));
      const works = ({ state }: KeyView) => state === 'active';
      return [...views.filter(works), ...views.filter((view) => !works(view))];
    },

    find,

    async rotate(id, overlapMs) {
      const made = newApiKey(id);
      const now = clock.now();
      const { numUpdatedRows } = await store
        .updateTable('api_keys')
        .set((row) => ({
          former_hash: row.ref('secret_hash'),
          former_until: now + overlapMs,
          secret_hash: hashOfKey(made.key).toString('hex'),
          rotated_at: now,
        }))
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      forget(id);
      if (numUpdatedRows === 1n) return made;
      await find(id);
      throw new AppError('key_revoked', 'This API key is revoked. Create a new one instead.');
    },

    async revoke(id) {
      const { numUpdatedRows } = await store
        .updateTable('api_keys')
        .set({ revoked_at: clock.now() })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      forget(id);
      if (numUpdatedRows === 0n) await find(id);
      return numUpdatedRows === 1n;
    },
  };
}

function viewOf(row: ApiKeyRow, now: number): KeyView {
  const overlaps = row.revoked_at === null && row.former_until !== null && row.former_until > now;
  return {
    id: row.id,
    ...orderOf(row),
    state: stateOf(row, now),
    createdAt: row.created_at,
    createdBy: row.created_by,
    rotatedAt: row.rotated_at,
    formerUntil: overlaps ? row.former_until : null,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    lastUsedIp: row.last_used_ip,
  };
}

function stateOf(row: ApiKeyRow, now: number): KeyView['state'] {
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at !== null && row.expires_at <= now ? 'expired' : 'active';
}
