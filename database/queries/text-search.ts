import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../database.js';

/**
 * Searching for text, and for one of many values, in the dialect of each database. In both, case is ignored for the
 * letters A to Z only.
 */
export interface TextSearch {
  /** The column contains the needle (with A to Z in lower case). */
  contains(column: RawBuilder<unknown>, needle: string): RawBuilder<boolean>;
  /** The column has one of these values: one parameter, however many there are. */
  isOneOf(column: RawBuilder<unknown>, values: number[] | string[]): RawBuilder<boolean>;
}

export function textSearchOf(kind: Database['kind']): TextSearch {
  return kind === 'sqlite' ? inSqlite : inPostgres;
}

/** As both databases fold case: the letters A to Z. */
export function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

const inSqlite: TextSearch = {
  contains: (column, needle) => sql`${column} LIKE ${`%${escaped(needle)}%`} ESCAPE '\\'`,
  isOneOf: (column, values) => sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`,
};

const inPostgres: TextSearch = {
  contains: (column, needle) => sql`lower(${column} COLLATE "C") LIKE ${`%${escaped(needle)}%`} ESCAPE '\\'`,
  isOneOf(column, values) {
    const type = sql.raw(typeof values[0] === 'number' ? 'BIGINT' : 'TEXT');
    return sql`${column} = ANY(${sql.val(values)}::${type}[])`;
  },
};

function escaped(needle: string): string {
  return needle.replace(/[\\%_]/g, '\\$&');
}
