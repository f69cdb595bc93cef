import { lower } from '../../../database/queries/text-search.js';
import type { Store } from '../../../database/schema.js';

/** The errors of jobs, a few texts shared by many jobs, each with a number. */
export interface SearchErrors {
  /** The same number for the same error; errors beyond the first 500 share one. */
  idOf(code: string, message: string): Promise<number>;
  /** Those that contain the text (A to Z in lower case), and the shared number if it is in use. */
  containing(text: string): Promise<number[]>;
}

const MAX_ERRORS = 500;
const ALL_OTHERS = 0;

export function createSearchErrors(store: Store): SearchErrors {
  const known = new Map<string, number>();

  async function findOrMake(code: string, message: string): Promise<number> {
    const found = store
      .selectFrom('search_errors')
      .select('id')
      .where('code', '=', code)
      .where('message', '=', message);
    const row = await found.executeTakeFirst();
    if (row) return row.id;
    const { count } = await store
      .selectFrom('search_errors')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (count >= MAX_ERRORS) return ALL_OTHERS;
    await store
      .insertInto('search_errors')
      .values({ code, message })
      .onConflict((conflict) => conflict.columns(['code', 'message']).doNothing())
      .execute();
    return (await found.executeTakeFirstOrThrow()).id;
  }

  return {
    async idOf(code, message) {
      const key = `${code}\n${message}`;
      const id = known.get(key) ?? (await findOrMake(code, message));
      if (id !== ALL_OTHERS) known.set(key, id);
      return id;
    },

    async containing(text) {
      const rows = await store.selectFrom('search_errors').selectAll().execute();
      const matching = rows.filter(({ code, message }) =>
        [code, message].some((part) => lower(part).includes(text)),
      );
      const others = rows.length < MAX_ERRORS ? [] : [ALL_OTHERS];
      return [...others, ...matching.map(({ id }) => id)];
    },
  };
}
