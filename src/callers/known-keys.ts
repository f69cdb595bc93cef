import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { sameBytes } from '../same-bytes.js';
import { addressCheck } from './allowed-addresses.js';
import { idOfApiKey } from './api-key.js';
import { type Caller, keyCallerId } from './caller.js';
import { orderOf } from './key-rows.js';

/** A key from the table whose secret was right. */
export interface KnownKey {
  keyId: string;
  caller: Caller;
  isAllowed(address: string): boolean;
  /** When the key, or the secret that was used, ends; null: never. */
  endsAt: number | null;
}

export interface KnownKeys {
  /**
   * Null: there is none with this secret, or it is revoked. A malformed key costs no look-up.
   * @param hash of the key, from `hashOfKey`.
   */
  find(key: string, hash: Buffer): Promise<KnownKey | null>;
  forget(keyId: string): void;
}

/** A key that another process revoked is refused after this time at the latest. */
const REMEMBERED_MS = 1_000;

export function createKnownKeys(deps: { store: Store; clock: Clock }): KnownKeys {
  const { store, clock } = deps;
  /** By the hash of the key that was used. */
  const remembered = new Map<string, { keyId: string; readAt: number; found: Promise<KnownKey | null> }>();

  async function look(keyId: string, hash: Buffer): Promise<KnownKey | null> {
    const row = await store
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', keyId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (!row) return null;
    const isPresent = sameBytes(Buffer.from(row.secret_hash, 'hex'), hash);
    const isFormer = sameBytes(Buffer.from(row.former_hash ?? '', 'hex'), hash);
    if (!isPresent && !isFormer) return null;
    const order = orderOf(row);
    const ends = [order.expiresAt, isPresent ? null : row.former_until].filter((at) => at !== null);
    return {
      keyId,
      caller: {
        id: keyCallerId(keyId),
        scopes: new Set(order.scopes),
        limits: order.limits,
        returnUrls: order.returnUrls ?? [],
        refusesSms: order.refusesSms,
      },
      isAllowed: order.allowedIps === null ? () => true : addressCheck(order.allowedIps),
      endsAt: ends.length === 0 ? null : Math.min(...ends),
    };
  }

  return {
    async find(key, hash) {
      const keyId = idOfApiKey(key);
      if (keyId === null) return null;
      const name = hash.toString('base64');
      const now = clock.elapsed();
      const known = remembered.get(name);
      if (known && now - known.readAt < REMEMBERED_MS) return await known.found;
      const entry = { keyId, readAt: now, found: look(keyId, hash) };
      remembered.set(name, entry);
      const found = await entry.found.catch((error: unknown) => {
        if (remembered.get(name) === entry) remembered.delete(name);
        throw error;
      });
      if (found === null && remembered.get(name) === entry) remembered.delete(name);
      return found;
    },

    forget(keyId) {
      for (const [name, known] of remembered) if (known.keyId === keyId) remembered.delete(name);
    },
  };
}
