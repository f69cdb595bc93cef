import { type RawBuilder, sql } from 'kysely';
import type { Database } from './connect.js';
import type { Store } from './schema.js';

/**
 * The index of documents (table job_search) in the dialect of each database: FTS5 with trigrams in SQLite, pg_trgm in
 * PostgreSQL. In both, only the letters A to Z are the same in upper and lower case, and a needle below three
 * characters cannot be looked up.
 */
export interface TextSearch {
  /** The column contains the needle (whose A to Z are lower case). */
  contains(column: RawBuilder<unknown>, needle: string): RawBuilder<boolean>;
  /** FROM: the documents, each with its job. */
  documents: RawBuilder<unknown>;
  /** The job's id beside a document. */
  documentId: RawBuilder<number>;
  /** Holds for every document that contains `always` and one of the others, and for a few more. */
  mayContain(anyOf: string[], always: string[]): RawBuilder<boolean>;
  /** Stores what the query selects (id, document) in place of what there was. */
  put(trx: Store, documents: RawBuilder<unknown>): Promise<void>;
}

export function textSearchOf(kind: Database['kind']): TextSearch {
  return kind === 'sqlite' ? inSqlite : inPostgres;
}

/** Spread over the needle. More would only cost time: the job itself is looked at in the end. */
const MOST_TRIGRAMS = 8;

const inSqlite: TextSearch = {
  contains: (column, needle) => sql`${column} LIKE ${`%${escaped(needle)}%`} ESCAPE '\\'`,
  // CROSS JOIN keeps the order: the index leads, newest first.
  documents: sql`job_search CROSS JOIN jobs ON jobs.id = job_search.rowid`,
  documentId: sql`job_search.rowid`,
  mayContain: (anyOf, always) => {
    const groups = [...always.map(trigramsOf), `(${anyOf.map(trigramsOf).join(' OR ')})`];
    return sql`job_search MATCH ${groups.join(' AND ')}`;
  },
  async put(trx, documents) {
    await sql`INSERT OR REPLACE INTO job_search (rowid, document) ${documents}`.execute(trx);
  },
};

const inPostgres: TextSearch = {
  contains: (column, needle) => sql`lower(${column} COLLATE "C") LIKE ${`%${escaped(needle)}%`} ESCAPE '\\'`,
  documents: sql`job_search JOIN jobs ON jobs.id = job_search.job_id`,
  documentId: sql`job_search.job_id`,
  mayContain(anyOf, always) {
    const has = (needle: string) => sql`document LIKE ${`%${escaped(needle)}%`} ESCAPE '\\'`;
    const groups = [...always.map(has), sql`(${sql.join(anyOf.map(has), sql` OR `)})`];
    return sql`${sql.join(groups, sql` AND `)}`;
  },
  async put(trx, documents) {
    await sql`INSERT INTO job_search (job_id, document)
      SELECT id, lower(document COLLATE "C") FROM (${documents}) AS changed
      ON CONFLICT (job_id) DO UPDATE SET document = excluded.document`.execute(trx);
  },
};

/** The index knows single trigrams, not their order (detail = none): a document with the needle has all of them. */
function trigramsOf(needle: string): string {
  const characters = [...needle];
  const trigrams = characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(''));
  const stride = Math.ceil(trigrams.length / MOST_TRIGRAMS);
  const chosen = new Set(trigrams.filter((_, at) => at % stride === 0));
  return `(${[...chosen].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ')})`;
}

function escaped(needle: string): string {
  return needle.replace(/[\\%_]/g, '\\$&');
}
