import { type SqlBool, sql } from 'kysely';
import type { AttemptCause, CodeRow, Store } from '../../../database/schema.js';
import type { RouteFacts, SendFacts } from './decide.js';
import { VERIFICATION } from './route.js';

/** A code as it is stored, with all its sends. */
export interface KnownCode {
  row: CodeRow;
  /** As `NewJob.askedBy`. */
  askedBy: string | null;
  route: string[];
  sends: KnownSend[];
}

export interface KnownSend extends SendFacts {
  jobId: number | null;
  cause: AttemptCause;
}

/** In no order; those that are gone are left out. */
export async function knownCodes(store: Store, ids: readonly string[]): Promise<KnownCode[]> {
  if (ids.length === 0) return [];
  const rows = await store.selectFrom('codes').selectAll().where('id', 'in', ids).execute();
  const attempts = await store
    .selectFrom('code_attempts')
    .leftJoin('jobs', 'jobs.id', 'code_attempts.job_id')
    .select([
      'code_attempts.code_id',
      'code_attempts.channel',
      'cause',
      'job_id',
      'error',
      'jobs.status',
      'jobs.writes',
      'jobs.error_code',
      'jobs.delivered_at',
    ])
    .where('code_attempts.code_id', 'in', ids)
    .orderBy('place')
    .execute();
  return rows.map((row) => ({
    row,
    askedBy: askedByOf(row, row.asked_by),
    route: JSON.parse(row.route) as string[],
    sends: attempts
      .filter(({ code_id: of }) => of === row.id)
      .map((attempt) => ({
        channel: attempt.channel,
        cause: attempt.cause,
        jobId: attempt.job_id,
        jobStatus: attempt.status,
        writes: attempt.writes ?? 0,
        error: attempt.error_code ?? attempt.error,
        delivered: attempt.delivered_at !== null,
      })),
  }));
}

/** Nothing but its own messages takes the place of a code that we check. */
export function askedByOf(
  { id, purpose }: Pick<CodeRow, 'id' | 'purpose'>,
  askedBy: string | null | undefined,
): string | null {
  return purpose === VERIFICATION ? id : (askedBy ?? null);
}

export function factsOf(
  { row, route, sends }: KnownCode,
  waitsMs: RouteFacts['waitsMs'],
  refused: RouteFacts['refused'] = new Map(),
): RouteFacts {
  const { status, step } = row;
  return {
    route,
    status,
    step,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    stepBeganAt: row.step_began_at,
    sends,
    refused,
    waitsMs,
  };
}

/**
 * A newer code for the same person and purpose was asked for since. One that nothing but its own messages can supersede is
 * never overtaken.
 * @param spellings of its number.
 */
export async function isOvertaken(
  store: Store,
  { row, askedBy, sends }: KnownCode,
  spellings: string[],
): Promise<boolean> {
  if (askedBy === row.id) return false;
  const since = Math.max(0, ...sends.map(({ jobId }) => jobId ?? 0));
  const newer = await store
    .selectFrom('jobs')
    .select('id')
    .where('recipient', 'in', spellings)
    .where('purpose', '=', row.purpose)
    .where('created_at', '>=', row.created_at)
    .$if(since > 0, (jobs) => jobs.where('id', '>', since))
    .where((eb) => eb.or([eb('code_id', 'is', null), eb('code_id', '<>', row.id)]))
    .$if(askedBy !== null, (jobs) => jobs.where(sql<SqlBool>`(asked_by IS NULL OR asked_by = ${askedBy})`))
    .limit(1)
    .executeTakeFirst();
  return newer !== undefined;
}
