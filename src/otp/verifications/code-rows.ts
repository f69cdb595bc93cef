import { type SqlBool, sql } from 'kysely';
import type { CodeRow, CodeStatus, Store } from '../../../database/schema.js';
import { isAhead, isOver, lasts, leftOf } from '../../deadline.js';
import { VERIFICATION } from '../../delivery/job.js';
import { ENDED } from '../route/code-rows.js';
import { maxChecks, maxSends, notFound, tooSoon } from './refusals.js';

export { VERIFICATION };
export const MAX_CHECKS = 5;
/** Starts and resends together. */
export const MAX_SENDS = 5;
export const BETWEEN_SENDS_MS = 30_000;
/** How long one that has ended can still be seen. */
export const KEPT_MS = 24 * 60 * 60_000;

const LIFE = { from: 'codes.created_at', until: 'codes.expires_at' };
const REST = { from: 'codes.last_send_at', ruleMs: BETWEEN_SENDS_MS };

/** By the clock. */
export function statusOf(row: CodeRow, now: number): CodeStatus {
  return row.status === 'pending' && leftMs(row, now) === 0 ? 'expired' : row.status;
}

export function leftMs({ created_at: from, expires_at: until }: CodeRow, now: number): number {
  return leftOf(until, until - from, now);
}

export function contactOf({ contact: value }: Pick<CodeRow, 'contact'>) {
  return { kind: value.includes('@') ? ('email' as const) : ('phone' as const), value };
}

export function routeIn(row: Pick<CodeRow, 'route'>): string[] {
  return JSON.parse(row.route) as string[];
}

/** Of one that was there at any time of the last day: verifications only. @param caller undefined: anybody's. */
export async function findRow(
  store: Store,
  { id, caller }: { id: string; caller?: string },
  now: number,
): Promise<CodeRow> {
  const row = await store
    .selectFrom('codes')
    .selectAll()
    .where('id', '=', id)
    .where('purpose', '=', VERIFICATION)
    .where(isShown(now))
    .$if(caller !== undefined, (own) => own.where('caller', '=', caller ?? ''))
    .executeTakeFirst();
  if (!row) throw notFound();
  return row;
}

/** SQL: it ended less than a day ago, or not at all. */
export function isShown(now: number) {
  return sql<SqlBool>`COALESCE(codes.ended_at, codes.expires_at) > ${now - KEPT_MS}`;
}

/** SQL: it has this status by the clock. */
export function hasStatus(status: CodeStatus, now: number) {
  if (status === 'pending') return sql<SqlBool>`(codes.status = 'pending' AND ${lasts(LIFE, now)})`;
  if (status === 'expired') {
    return sql<SqlBool>`(codes.status = 'expired' OR (codes.status = 'pending' AND ${isOver(LIFE, now)}))`;
  }
  return sql<SqlBool>`codes.status = ${status}`;
}

/** The one that has the turn: pending, or used up by wrong checks and not over. */
export async function findInSlot(store: Store, slots: string[], now: number): Promise<CodeRow | undefined> {
  return await store
    .selectFrom('codes')
    .selectAll()
    .where('slot', 'in', slots)
    .where('status', 'in', ['pending', 'max_checks'])
    .where(lasts(LIFE, now))
    .orderBy('created_at', 'desc')
    .executeTakeFirst();
}

/** Whoever ended, or whose time is over, leaves the turn to others. */
export async function freeSlots(trx: Store, slots: string[], now: number): Promise<void> {
  await trx
    .updateTable('codes')
    .set({ slot: null })
    .where('slot', 'in', slots)
    .where((eb) => eb.or([eb('status', 'not in', ['pending', 'max_checks']), isOver(LIFE, now)]))
    .execute();
}

/** Counts a send. False: it may not be sent, and `refusalOfSend` says why. */
export async function countSend(store: Store, id: string, now: number): Promise<boolean> {
  const counted = await store
    .updateTable('codes')
    .set((eb) => ({ sends: eb('sends', '+', 1), last_send_at: now, changed_at: now }))
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where(lasts(LIFE, now))
    .where('sends', '<', MAX_SENDS)
    .where((eb) => eb.or([eb('last_send_at', 'is', null), isOver(REST, now)]))
    .executeTakeFirst();
  return counted.numUpdatedRows === 1n;
}

/** Throws why this one is not sent again now, if it is not. */
export function refuseSend(row: CodeRow, now: number): void {
  refuseEnded(row, now);
  if (row.sends >= MAX_SENDS) throw maxSends(leftMs(row, now));
  const restMs = restLeftMs(row, now);
  if (restMs > 0) throw tooSoon(restMs);
}

/** Throws unless it is pending. */
export function refuseEnded(row: CodeRow, now: number): void {
  const left = leftMs(row, now);
  if (row.status === 'max_checks' && left > 0) throw maxChecks(left);
  if (statusOf(row, now) !== 'pending') throw notFound();
}

export function restLeftMs({ last_send_at: last }: CodeRow, now: number): number {
  return last === null ? 0 : leftOf(last + BETWEEN_SENDS_MS, BETWEEN_SENDS_MS, now);
}

/** True for one of many that try at once. */
export async function approve(trx: Store, id: string, now: number): Promise<boolean> {
  return await end(trx, id, 'approved', now);
}

export async function cancel(trx: Store, id: string, now: number): Promise<boolean> {
  return await end(trx, id, 'canceled', now);
}

async function end(trx: Store, id: string, status: CodeStatus, now: number): Promise<boolean> {
  const ended = await trx
    .updateTable('codes')
    .set({ ...ENDED, status, ended_at: now, changed_at: now })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where(lasts(LIFE, now))
    .executeTakeFirst();
  return ended.numUpdatedRows === 1n;
}

/** Counts a wrong check; the last one ends it. Null: there was nothing to count. */
export async function countWrong(trx: Store, id: string, now: number): Promise<{ tries: number } | null> {
  const isLast = sql<SqlBool>`codes.tries + 1 >= ${MAX_CHECKS}`;
  const counted = await trx
    .updateTable('codes')
    .set((eb) => ({
      tries: eb('tries', '+', 1),
      status: sql<CodeStatus>`CASE WHEN ${isLast} THEN 'max_checks' ELSE codes.status END`,
      code: sql<string | null>`CASE WHEN ${isLast} THEN NULL ELSE codes.code END`,
      next_step_at: sql<number | null>`CASE WHEN ${isLast} THEN NULL ELSE codes.next_step_at END`,
      ended_at: sql<number | null>`CASE WHEN ${isLast} THEN CAST(${now} AS BIGINT) ELSE codes.ended_at END`,
      changed_at: now,
    }))
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('tries', '<', MAX_CHECKS)
    .where(lasts(LIFE, now))
    .returning('tries')
    .executeTakeFirst();
  return counted ? { tries: Number(counted.tries) } : null;
}

/** Of every purpose: whose end has passed is over. */
export async function expireCodes(store: Store, now: number): Promise<void> {
  await store
    .updateTable('codes')
    .set((eb) => ({
      ...ENDED,
      status: 'expired',
      ended_at: eb.ref('expires_at'),
    }))
    .where('status', '=', 'pending')
    .where(isOver(LIFE, now))
    .execute();
}

/** The same, and who ended a day ago is gone. */
export async function cleanUpCodes(store: Store, now: number): Promise<void> {
  await expireCodes(store, now);
  await store
    .deleteFrom('codes')
    .where((eb) =>
      eb.or([
        eb(eb.fn.coalesce('ended_at', 'expires_at'), '<=', now - KEPT_MS),
        eb.and([eb('ended_at', 'is not', null), isAhead({ from: 'codes.ended_at', ruleMs: KEPT_MS }, now)]),
      ]),
    )
    .execute();
}
