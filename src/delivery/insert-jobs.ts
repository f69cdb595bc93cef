import type { Insertable, QueryResult } from 'kysely';
import { compileOnce } from '../../database/compiled.js';
import type { Store, Tables } from '../../database/schema.js';

export type JobInsert = Insertable<Tables['jobs']>;

const COLUMNS = [
  'account',
  'channel',
  'purpose',
  'recipient',
  'message_id',
  'body',
  'code_hash',
  'message_shape',
  'status',
  'error_code',
  'error_message',
  'run_at',
  'created_at',
  'expires_at',
  'finished_at',
] as const satisfies (keyof JobInsert)[];
type InsertedJob = { id: number; message_id: string };
type Values = Record<string, JobInsert[(typeof COLUMNS)[number]]>;
const insertsByCount = new Map<number, (trx: Store, values: Values) => Promise<QueryResult<InsertedJob>>>();

/** One INSERT for all rows, compiled once for each number of rows: the most expensive text of the busiest moment. */
export function insertJobs(trx: Store, rows: JobInsert[]): Promise<QueryResult<InsertedJob>> {
  let insert = insertsByCount.get(rows.length);
  if (!insert) {
    insert = compileOnce<Values, InsertedJob>((store, value) =>
      store
        .insertInto('jobs')
        .values(
          rows.map(
            (_, row) =>
              Object.fromEntries(
                COLUMNS.map((column) => [column, value(`${row}.${column}`)]),
              ) as unknown as JobInsert,
          ),
        )
        .returning(['id', 'message_id']),
    );
    insertsByCount.set(rows.length, insert);
  }
  const values: Values = {};
  for (const [index, row] of rows.entries()) {
    for (const column of COLUMNS) values[`${index}.${column}`] = row[column];
  }
  return insert(trx, values);
}
