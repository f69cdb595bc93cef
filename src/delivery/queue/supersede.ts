import { type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { NewJob } from './new-job.js';
import type { Persons } from './persons.js';
import { ended, type Jobs, superseded, transition, type Withdrawal, waiting } from './transition.js';

/** For a silent job the same statement runs and finds nothing. */
const NO_RECIPIENT = '';

/**
 * A newer code ends older ones that are still waiting: none must arrive after it, under any spelling of the number. One
 * that is under way is marked, so that it is not sent again. Messages of the same code do not supersede each other, nor do
 * those of different challenges.
 * Returns how many waiting ones ended.
 */
export async function supersedeOlder(
  trx: Store,
  fresh: { job: NewJob }[],
  persons: Pick<Persons, 'spellingsOf'>,
  now: number,
): Promise<number> {
  const alike = new Map<string, NewJob[]>();
  for (const { job } of fresh) {
    const key = `${job.purpose} ${job.codeId ?? ''} ${job.askedBy ?? ''}`;
    const group = alike.get(key) ?? [];
    group.push(job);
    alike.set(key, group);
  }
  let count = 0;
  for (const jobs of alike.values()) count += await supersedeBy(trx, jobs, persons, now);
  return count;
}

/** @param newer all with the same purpose, and the same code and challenge if they have one. */
async function supersedeBy(
  trx: Store,
  newer: NewJob[],
  persons: Pick<Persons, 'spellingsOf'>,
  now: number,
): Promise<number> {
  const [{ purpose = '', codeId, askedBy } = {}] = newer;
  const recipients = newer.flatMap((job) => (job.silent ? NO_RECIPIENT : persons.spellingsOf(job.recipient)));
  const isOlder = (jobs: Jobs) =>
    isOpen(jobs)
      .where('recipient', 'in', [...new Set(recipients)])
      .where('purpose', '=', purpose)
      .$if(codeId !== undefined, (older) =>
        older.where((eb) => eb.or([eb('code_id', 'is', null), eb('code_id', '<>', codeId ?? null)])),
      )
      .$if(askedBy !== undefined, (older) =>
        older.where((eb) => eb.or([eb('asked_by', 'is', null), eb('asked_by', '=', askedBy ?? null)])),
      );
  const older = await transition(trx, isOlder, superseded(now));
  return older.filter(({ status }) => status === 'failed').length;
}

/** These numbers have turned out to be one person: of their codes only the newest counts. */
export async function supersedeAmong(trx: Store, numbers: string[], now: number): Promise<void> {
  const isOlder = (jobs: Jobs) =>
    isOpen(jobs)
      .where('recipient', 'in', numbers)
      .where('overtaken_at', 'is', null)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('jobs as newer')
            .select('newer.id')
            .whereRef('newer.id', '>', 'jobs.id')
            .whereRef('newer.purpose', '=', 'jobs.purpose')
            .where('newer.recipient', 'in', numbers)
            .where(isOtherCode),
        ),
      );
  await transition(trx, isOlder, superseded(now));
}

/** `newer` and `jobs` are not messages of the same code, and of no two challenges. */
export const isOtherCode = sql<SqlBool>`((newer.code_id IS NULL OR jobs.code_id IS NULL
  OR newer.code_id <> jobs.code_id)
  AND (newer.asked_by IS NULL OR jobs.asked_by IS NULL OR newer.asked_by = jobs.asked_by))`;

/** Two codes for one person in the same commit: the last one counts. Returns how many of these jobs ended. */
export async function supersedeAmongNew(
  trx: Store,
  made: { id: number; job: NewJob }[],
  persons: Pick<Persons, 'personOf'>,
  now: number,
): Promise<number> {
  const newer = new Map<string, NewJob[]>();
  const ids: number[] = [];
  for (const { id, job } of made.toReversed()) {
    const key = `${job.purpose} ${job.askedBy ?? ''} ${persons.personOf(job.recipient)}`;
    const later = newer.get(key) ?? [];
    if (later.some(({ codeId }) => codeId === undefined || codeId !== job.codeId)) ids.push(id);
    newer.set(key, [...later, job]);
  }
  if (ids.length === 0) return 0;
  await transition(trx, (jobs) => jobs.where('id', 'in', ids), superseded(now));
  return ids.length;
}

/**
 * Ends those of these messages that were never written: one that is being prepared is not written any more. What may be
 * out stays as it is. In the caller's transaction. Returns how many there were.
 */
export async function withdraw(
  trx: Store,
  jobIds: number[],
  now: number,
  why: Withdrawal = 'withdrawn',
): Promise<number> {
  if (jobIds.length === 0) return 0;
  const isUnwritten = (jobs: Jobs) => isOpen(jobs).where('id', 'in', jobIds).where('writes', '=', 0);
  return (await transition(trx, isUnwritten, ended(why, now))).length;
}

/** If it waits and was never written, it may go out from `runAt` on, before all that may go out later. */
export async function bringForward(trx: Store, jobId: number, runAt: number): Promise<void> {
  const isWaiting = (jobs: Jobs) =>
    jobs.where('id', '=', jobId).where('status', '=', 'pending').where('writes', '=', 0);
  await transition(trx, isWaiting, waiting(runAt));
}

function isOpen(jobs: Jobs): Jobs {
  return jobs.where('finished_at', 'is', null);
}
