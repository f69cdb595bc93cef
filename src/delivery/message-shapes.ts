import type { Store } from '../../database/schema.js';

/** Stands for a digit of the code where a message is shown or searched. */
export const CODE_DOT = '•';

/** An index entry of PostgreSQL holds 2.7 kB; a message has 1,000 characters at most. */
const LONGEST = 800;

/** Messages without their codes: few texts (one for each wording), many jobs. */
export interface MessageShapes {
  /** The text's number, the same in every process. Rejects with the store's error. */
  idOf(text: string): Promise<number>;
}

export function createMessageShapes(store: Store): MessageShapes {
  const known = new Map<string, Promise<number>>();
  return {
    idOf(text) {
      const id = known.get(text) ?? findOrMake(store, [...text].slice(0, LONGEST).join(''));
      if (!known.has(text)) {
        known.set(text, id);
        id.catch(() => known.delete(text));
      }
      return id;
    },
  };
}

async function findOrMake(store: Store, text: string): Promise<number> {
  const found = store.selectFrom('message_shapes').select('id').where('text', '=', text);
  const row = await found.executeTakeFirst();
  if (row) return row.id;
  // Another process may make it at the same moment: both then find the one row.
  await store
    .insertInto('message_shapes')
    .values({ text })
    .onConflict((conflict) => conflict.column('text').doNothing())
    .execute();
  return (await found.executeTakeFirstOrThrow()).id;
}
