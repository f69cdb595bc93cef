import { type RawBuilder, sql } from 'kysely';
import type { Store } from '../../database/schema.js';

/**
 * A column whose values are sealed. All of them are here; a new one is added here first. What the cookies of a sign-in with
 * Google hold is sealed, too, but for minutes: the key of before is needed for longer than that anyway.
 */
export interface SealedColumn {
  table: string;
  column: string;
  /** Names a row, in the order in which the rows are walked through: an index has it. */
  key: readonly string[];
  /** What the values are sealed with: the columns whose values, with slashes between, are the context. */
  context: readonly string[];
  /** The sealer's label. */
  label: string;
}

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  // First what is needed soon: code and text of messages, until the code expires.
  {
    table: 'jobs',
    column: 'body',
    key: ['expires_at', 'id'],
    context: ['message_id'],
    label: 'job-body',
  },
  { table: 'codes', column: 'code', key: ['id'], context: ['id'], label: 'code' },
  {
    table: 'whatsapp_credentials',
    column: 'value',
    key: ['account', 'type', 'id'],
    context: ['account', 'type', 'id'],
    label: 'whatsapp-session',
  },
  { table: 'webhook_endpoints', column: 'secret', key: ['id'], context: ['id'], label: 'webhook' },
  { table: 'webhook_endpoints', column: 'former_secret', key: ['id'], context: ['id'], label: 'webhook' },
  { table: 'message_shapes', column: 'text', key: ['id'], context: ['hash'], label: 'job-body' },
  { table: 'idempotency_keys', column: 'response', key: ['id'], context: ['id'], label: 'idempotency' },
  { table: 'hooks', column: 'secret', key: ['id'], context: ['id'], label: 'hook' },
  { table: 'hooks', column: 'former_secret', key: ['id'], context: ['id'], label: 'hook' },
];

export interface SealedRow {
  /** The values of the key's columns. */
  key: (string | number)[];
  context: string;
  sealed: string;
}

export function partOf({ table, column }: SealedColumn): string {
  return `${table}.${column}`;
}

export async function countSealed(store: Store, { table, column }: SealedColumn): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT COUNT(*) AS count FROM ${sql.table(table)} WHERE ${sql.ref(column)} IS NOT NULL`.execute(store);
  return Number(rows[0]?.count ?? 0);
}

/** @param after the key of the last row before; null: from the first one on. */
export async function nextSealed(
  store: Store,
  { table, column, key, context }: SealedColumn,
  after: SealedRow['key'] | null,
  limit: number,
): Promise<SealedRow[]> {
  const names = listed(key.map((name) => sql.ref(name)));
  const isAfter = after ? sql`AND (${names}) > (${listed(after.map((each) => sql.val(each)))})` : sql``;
  const wanted = [...new Set([...key, ...context])].map((name) => sql.ref(name));
  const { rows } = await sql<Record<string, string | number> & { sealed: string }>`
    SELECT ${listed(wanted)}, ${sql.ref(column)} AS sealed FROM ${sql.table(table)}
    WHERE ${sql.ref(column)} IS NOT NULL ${isAfter} ORDER BY ${names} LIMIT ${sql.lit(limit)}`.execute(store);
  return rows.map((row) => ({
    key: key.map((name) => row[name] ?? ''),
    context: context.map((name) => row[name]).join('/'),
    sealed: row.sealed,
  }));
}

/** Only if the value has not changed meanwhile: whoever has written it has used the present key. */
export async function putSealed(
  store: Store,
  { table, column, key }: SealedColumn,
  row: SealedRow,
  value: string,
): Promise<void> {
  const isRow = key.map((name, at) => sql`${sql.ref(name)} = ${row.key[at]}`);
  await sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${value}
    WHERE ${sql.join(isRow, sql` AND `)} AND ${sql.ref(column)} = ${row.sealed}`.execute(store);
}

function listed(parts: RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(parts);
}
