import type { ExpressionBuilder, Insertable, QueryResult } from 'kysely';
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
  'cold_at',
  'request_id',
] as const satisfies (keyof JobInsert)[];
type InsertedJob = { id: number; message_id: string };
type Values = Record<string, JobInsert[(typeof COLUMNS)[number]]>;
type Insert = (trx: Store, values: Values) => Promise<QueryResult<InsertedJob>>;
/** Limits the memory of compiled statements: one for each number of rows up to 256 would take 100 MB. */
const MAX_ROWS = 32;
const insertsByCount = new Map<number, Insert>();

/**
 * One INSERT for many rows, compiled once per number of rows: at the busiest moment no other statement costs more to build.
 * `cold_at` stays only where the sender may not write to the recipient without beginning a chat.
 */
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
      .values((builder) =>
        Array.from({ length: count }, (_, row) => {
          const columns = COLUMNS.map((column) => [column, value(`${row}.${column}`)]);
          const known = { account: value(`${row}.account`), recipient: value(`${row}.recipient`) };
          const coldAt = ifCold(builder, known, value(`${row}.cold_at`));
          return { ...Object.fromEntries(columns), cold_at: coldAt } as unknown as JobInsert;
        }),
      )
      .returning(['id', 'message_id']),
  );
}

function ifCold(
  { case: when, cast, exists, not, selectFrom, val }: ExpressionBuilder<Tables, 'jobs'>,
  { account, recipient }: { account: unknown; recipient: unknown },
  at: unknown,
) {
  const reachable = selectFrom('recipients')
    .select('reachable_until')
    .where('account', '=', account as string)
    .where('recipient', '=', recipient as string)
    .where('reachable_until', '>', at as number);
  return when()
    .when(not(exists(reachable)))
    .then(cast(val(at), 'bigint'))
    .end();
}
