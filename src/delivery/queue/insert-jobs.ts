import type { Insertable, QueryResult } from 'kysely';
import { compileOnce } from '../../../database/queries/compiled.js';
import type { Store, Tables } from '../../../database/schema.js';

export type JobInsert = Insertable<Tables['jobs']>;

const COLUMNS = [
  'account',
  'channel',
  'caller',
  'code_id',
  'asked_by',
  'purpose',
  'recipient',
  'message_id',
  'body',
  'code_hash',
  'message_shape',
  'status',
  'run_at',
  'created_at',
  'expires_at',
] as const satisfies (keyof JobInsert)[];
type InsertedJob = { id: number; message_id: string };
type Values = Record<string, JobInsert[(typeof COLUMNS)[number]]>;
type Insert = (trx: Store, values: Values) => Promise<QueryResult<InsertedJob>>;
/** Limits the memory of compiled statements: one for each number of rows up to 256 would take 100 MB. */
const MAX_ROWS = 64;
const insertsByCount = new Map<number, Insert>();

/** One INSERT for many rows, compiled once per number of rows: at the busiest moment no other statement costs more to build. */
export async function insertJobs(trx: Store, rows: JobInsert[]): Promise<InsertedJob[]> {
  const inserted: InsertedJob[] = [];
  for (let from = 0; from < rows.length; from += MAX_ROWS) {
    inserted.push(...(await insertSome(trx, rows.slice(from, from + MAX_ROWS))));
  }
  return inserted;
}

async function insertSome(trx: Store, rows: JobInsert[]): Promise<InsertedJob[]> {
  const insert = insertsByCount.get(rows.length) ?? compileInsert(rows.length);
  insertsByCount.set(rows.length, insert);
  const values: Values = {};
  for (const [index, row] of rows.entries()) {
    for (const column of COLUMNS) values[`${index}.${column}`] = row[column];
  }
  return (await insert(trx, values)).rows;
}

function compileInsert(count: number): Insert {
  return compileOnce<Values, InsertedJob>((store, value) =>
    store
      .insertInto('jobs')
      .values(
        Array.from(
          { length: count },
          (_, row) =>
            Object.fromEntries(
              COLUMNS.map((column) => [column, value(`${row}.${column}`)]),
            ) as unknown as JobInsert,
        ),
      )
      .returning(['id', 'message_id']),
  );
}
