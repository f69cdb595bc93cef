import type { Store } from '../../../database/schema.js';

/** Where a request began, in Unix ms, if this is the id of one: a UUID of version 7 (RFC 9562, 5.7). Null: it is none. */
export function requestTimeOf(text: string): number | null {
  const [, high, low] =
    /^([\da-f]{8})-([\da-f]{4})-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i.exec(text) ?? [];
  return high === undefined || low === undefined ? null : Number.parseInt(high + low, 16);
}

/** What a request makes it makes soon; clocks are set. */
const BEFORE_MS = 10_000;
const AFTER_MS = 60_000;

/** The jobs that go back to a request, newest first: its own, and those of the next steps of its codes. */
export async function jobsOfRequest(store: Store, requestId: string, at: number): Promise<number[]> {
  const [from, until] = [at - BEFORE_MS, at + AFTER_MS];
  const own = await store
    .selectFrom('jobs')
    .select('id')
    .where('created_at', '>=', from)
    .where('created_at', '<=', until)
    .where('request_id', '=', requestId)
    .execute();
  const later = await store
    .selectFrom('codes')
    .innerJoin('code_attempts', 'code_attempts.code_id', 'codes.id')
    .select('code_attempts.job_id as id')
    .where('codes.created_at', '>=', from)
    .where('codes.created_at', '<=', until)
    .where('codes.request_id', '=', requestId)
    .where('code_attempts.job_id', 'is not', null)
    .execute();
  const ids = new Set([...own, ...later].flatMap(({ id }) => id ?? []));
  return [...ids].sort((a, b) => b - a);
}
