import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { FAILURES } from '../job.js';
import type { JobInsert } from './insert-jobs.js';
import type { NewJob } from './new-job.js';
import type { Persons } from './persons.js';

/** The same statement for a job that is not made: it finds nothing. */
const NOBODY = '';

const superseded = {
  status: 'failed',
  error_code: 'superseded',
  error_message: FAILURES.superseded,
  body: null,
} as const;

/**
 * A newer code makes an older one that still waits worthless: it must not arrive after it, under whatever spelling of
 * the number. One that is under way is marked, so that it does not go out once more. Returns how many waiting ones ended.
 */
export async function supersedeOlder(
  trx: Store,
  fresh: { job: NewJob }[],
  persons: Pick<Persons, 'spellingsOf'>,
  now: number,
): Promise<number> {
  let count = 0;
  for (const purpose of new Set(fresh.map(({ job }) => job.purpose))) {
    const jobs = fresh.map(({ job }) => job).filter((job) => job.purpose === purpose);
    const recipients = new Set(
      jobs.flatMap((job) => (job.silent ? NOBODY : persons.spellingsOf(job.recipient))),
    );
    const older = await markSuperseded(trx, now)
      .where('recipient', 'in', [...recipients])
      .where('purpose', '=', purpose)
      .returning('status')
      .execute();
    count += older.filter(({ status }) => status === 'failed').length;
  }
  return count;
}

/** These numbers have turned out to be one person: of the codes for them the newest counts. */
export async function supersedeAmong(trx: Store, numbers: string[], now: number): Promise<void> {
  await markSuperseded(trx, now)
    .where('recipient', 'in', numbers)
    .where('overtaken_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('jobs as newer')
          .select('newer.id')
          .whereRef('newer.id', '>', 'jobs.id')
          .whereRef('newer.purpose', '=', 'jobs.purpose')
          .where('newer.recipient', 'in', numbers),
      ),
    )
    .execute();
}

function markSuperseded(trx: Store, now: number) {
  return trx
    .updateTable('jobs')
    .set({
      overtaken_at: now,
      status: sql`CASE status WHEN 'pending' THEN 'failed' ELSE status END`,
      error_code: sql`CASE status WHEN 'pending' THEN ${superseded.error_code} ELSE error_code END`,
      error_message: sql`CASE status WHEN 'pending' THEN ${superseded.error_message} ELSE error_message END`,
      body: sql`CASE status WHEN 'pending' THEN NULL ELSE body END`,
      finished_at: sql`CASE status WHEN 'pending' THEN CAST(${now} AS BIGINT) END`,
    })
    .where('finished_at', 'is', null);
}

/** Two codes for one person in the same commit: the last one counts. */
export function newestPerPerson(rows: JobInsert[], persons: Pick<Persons, 'personOf'>): JobInsert[] {
  const keyOf = ({ purpose, recipient }: JobInsert) => `${purpose} ${persons.personOf(recipient)}`;
  const newest = new Map(rows.map((row, index) => [keyOf(row), index]));
  if (newest.size === rows.length) return rows;
  return rows.map((row, index) =>
    newest.get(keyOf(row)) === index ? row : { ...row, ...superseded, finished_at: row.created_at },
  );
}
