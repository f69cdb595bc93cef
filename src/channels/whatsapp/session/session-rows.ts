import type { Store } from '../../../../database/schema.js';
import type { Sealer } from '../../../sealing.js';

/** The stored session of one account: rows of sealed JSON text, named by Baileys' type and id. */
export interface SessionRows {
  /** The rows that exist, by id. Throws `SessionCorrupt` when one cannot be opened. */
  read(type: string, ids: string[]): Promise<Map<string, string>>;
  /** The ids of all rows of a type. */
  idsOf(type: string): Promise<string[]>;
  /** One transaction for all; `text: null` deletes. `also` runs inside it. */
  write(changes: RowChange[], also?: (trx: Store) => Promise<unknown>): Promise<void>;
  clear(): Promise<void>;
}

export interface RowChange {
  type: string;
  id: string;
  text: string | null;
}

/** The stored session cannot be read. It must be kept as it is, and no new identity may replace it. */
export class SessionCorrupt extends Error {
  override readonly name = 'SessionCorrupt';
}

/** Keeps a statement below the number of parameters that both databases allow. */
const ROWS_PER_STATEMENT = 500;

export function createSessionRows(store: Store, account: string, sealer: Sealer): SessionRows {
  const contextOf = (type: string, id: string) => `${account}/${type}/${id}`;

  function open(type: string, id: string, value: string): string {
    try {
      return sealer.open(value, contextOf(type, id));
    } catch (cause) {
      throw new SessionCorrupt(
        `The stored WhatsApp session cannot be read (a row of type "${type}"): it was changed, or ENCRYPTION_KEY is not the one it was written with.`,
        { cause },
      );
    }
  }

  return {
    async read(type, ids) {
      const found = new Map<string, string>();
      for (const some of slices(ids)) {
        const rows = await store
          .selectFrom('whatsapp_credentials')
          .select(['id', 'value'])
          .where('account', '=', account)
          .where('type', '=', type)
          .where('id', 'in', some)
          .execute();
        for (const { id, value } of rows) found.set(id, open(type, id, value));
      }
      return found;
    },
    async idsOf(type) {
      const rows = await store
        .selectFrom('whatsapp_credentials')
        .select('id')
        .where('account', '=', account)
        .where('type', '=', type)
        .execute();
      return rows.map(({ id }) => id);
    },
    async write(changes, also) {
      const kept: { account: string; type: string; id: string; value: string }[] = [];
      const dropped = new Map<string, string[]>();
      for (const { type, id, text } of changes) {
        if (text !== null) kept.push({ account, type, id, value: sealer.seal(text, contextOf(type, id)) });
        else dropped.set(type, [...(dropped.get(type) ?? []), id]);
      }
      await store.transaction().execute(async (trx) => {
        for (const some of slices(kept)) await upsert(trx, some);
        for (const [type, ids] of dropped) {
          for (const some of slices(ids)) await remove(trx, account, type, some);
        }
        await also?.(trx);
      });
    },
    async clear() {
      await store.deleteFrom('whatsapp_credentials').where('account', '=', account).execute();
    },
  };
}

function upsert(trx: Store, rows: { account: string; type: string; id: string; value: string }[]) {
  return trx
    .insertInto('whatsapp_credentials')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['account', 'type', 'id'])
        .doUpdateSet((row) => ({ value: row.ref('excluded.value') })),
    )
    .execute();
}

function remove(trx: Store, account: string, type: string, ids: string[]) {
  return trx
    .deleteFrom('whatsapp_credentials')
    .where('account', '=', account)
    .where('type', '=', type)
    .where('id', 'in', ids)
    .execute();
}

function* slices<T>(all: T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += ROWS_PER_STATEMENT) {
    yield all.slice(from, from + ROWS_PER_STATEMENT);
  }
}
