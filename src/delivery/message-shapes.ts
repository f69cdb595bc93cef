import type { Store } from '../../database/schema.js';
import { SealBroken, type Sealer } from '../sealing.js';

/** Stands for a digit of the code where a message is shown or searched. */
export const CODE_DOT = '•';

export interface MessageShape {
  id: number;
  text: string;
}

/** Messages without their codes: a few texts (one per wording) shared by many jobs. */
export interface MessageShapes {
  /** The text's number, the same in every process. Rejects with the store's error. */
  idOf(text: string): Promise<number>;
  /** Like `idOf`, in the caller's transaction; once that is committed, `keep` saves the next look-up. */
  idIn(trx: Store, text: string): Promise<number>;
  keep(text: string, id: number): void;
  /** Null for one that does not exist, or was sealed with another key. */
  textOf(id: number): Promise<string | null>;
  /** All that can be read. */
  all(): Promise<MessageShape[]>;
}

/** @param deps.hash keyed: equal texts are found again, nothing can be read back. */
export function createMessageShapes(deps: {
  store: Store;
  sealer: Sealer;
  hash: (text: string) => string;
}): MessageShapes {
  const { store, sealer } = deps;
  const known = new Map<string, number>();
  const asked = new Map<string, Promise<number>>();
  const opened = new Map<number, string | null>();

  async function findOrMake(text: string, db: Store): Promise<number> {
    const hash = deps.hash(text);
    const found = db.selectFrom('message_shapes').select('id').where('hash', '=', hash);
    const row = await found.executeTakeFirst();
    if (row) return row.id;
    // Another process may create it at the same moment: both then find the same row.
    await db
      .insertInto('message_shapes')
      .values({ hash, text: sealer.seal(text, hash) })
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute();
    return (await found.executeTakeFirstOrThrow()).id;
  }

  function open({ id, hash, text }: { id: number; hash: string; text: string }): string | null {
    const present = opened.get(id);
    if (present !== undefined) return present;
    const plain = openOrNull(sealer, text, hash);
    opened.set(id, plain);
    return plain;
  }

  return {
    async idOf(text) {
      const present = known.get(text);
      if (present !== undefined) return present;
      const answer = asked.get(text) ?? findOrMake(text, store).finally(() => asked.delete(text));
      asked.set(text, answer);
      const id = await answer;
      known.set(text, id);
      return id;
    },

    // Does not await pending look-ups of others: on SQLite they wait for this transaction.
    idIn: async (trx, text) => known.get(text) ?? (await findOrMake(text, trx)),

    keep: (text, id) => void known.set(text, id),

    async textOf(id) {
      const row = await store
        .selectFrom('message_shapes')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row ? open(row) : null;
    },

    async all() {
      const rows = await store.selectFrom('message_shapes').selectAll().execute();
      return rows.flatMap((row) => {
        const text = open(row);
        return text === null ? [] : [{ id: row.id, text }];
      });
    },
  };
}

function openOrNull(sealer: Sealer, sealed: string, context: string): string | null {
  try {
    return sealer.open(sealed, context);
  } catch (error) {
    if (error instanceof SealBroken) return null;
    throw error;
  }
}
