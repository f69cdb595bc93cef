import { type SqlBool, sql } from 'kysely';
import type { CodeRow, Store } from '../../../database/schema.js';
import { hasStatus, isShown, VERIFICATION } from './code-rows.js';
import { invalid } from './refusals.js';
import type { Tally, VerificationFilter } from './verification.js';

/** A page of a caller's own, the newest first. A page stays the same while new ones come. */
export async function pageOf(
  store: Store,
  caller: string,
  { to, status, limit, cursor }: VerificationFilter,
  now: number,
): Promise<{ rows: CodeRow[]; nextCursor: string | null }> {
  const after = cursor === null ? null : readCursor(cursor);
  const found = await store
    .selectFrom('codes')
    .selectAll()
    .where('caller', '=', caller)
    .where('purpose', '=', VERIFICATION)
    .where(isShown(now))
    .$if(to !== null, (some) => some.where('contact', '=', to ?? ''))
    .$if(status !== null, (some) => some.where(hasStatus(status ?? 'pending', now)))
    .$if(after !== null, (some) =>
      some.where(sql<SqlBool>`(created_at, id) < (CAST(${after?.at ?? 0} AS BIGINT), ${after?.id ?? ''})`),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last ? cursorOf(last) : null };
}

/** As `Verifications.tally`. */
export async function tallyOf(
  store: Store,
  caller: string,
  { since, until }: { since: number; until: number },
  now: number,
): Promise<Tally> {
  const found = await store
    .selectFrom('codes')
    .select((eb) => [
      eb.fn.coalesce(eb.fn.sum<number>('sends'), sql<number>`0`).as('sends'),
      sql<number>`COUNT(CASE status WHEN 'approved' THEN 1 END)`.as('approved'),
    ])
    .where('caller', '=', caller)
    .where('purpose', '=', VERIFICATION)
    .where(isShown(now))
    .where('test_until', 'is', null)
    .where('created_at', '>=', since)
    .where('created_at', '<', until)
    .executeTakeFirstOrThrow();
  return { sends: Number(found.sends), approved: Number(found.approved) };
}

function cursorOf({ created_at: at, id }: CodeRow): string {
  return Buffer.from(`${at} ${id}`).toString('base64url');
}

function readCursor(cursor: string): { at: number; id: string } {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, at, id] = /^(\d{1,15}) (ver_[\w-]{22})$/.exec(text) ?? [];
  if (at === undefined || id === undefined) {
    throw invalid('cursor', 'cursor must be the nextCursor of the page before');
  }
  return { at: Number(at), id };
}
