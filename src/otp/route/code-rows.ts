import type { Store } from '../../../database/schema.js';
import { withdraw } from '../../delivery/queue/supersede.js';
import { forgetFailed, type Withdrawal } from '../../delivery/queue/transition.js';
import { randomBytesPooled } from '../../random.js';
import type { Sealer } from '../../sealing.js';
import type { RoutedCode } from './route.js';

const ID_BYTES = 16;
/** What a code keeps no longer when it has ended. */
export const ENDED = { code: null, slot: null, next_step_at: null, may_follow_until: null };

/** The row of a code that its caller checks. @param askedBy as `NewJob.askedBy`. */
export async function putCode(
  trx: Store,
  code: RoutedCode,
  deps: {
    sealer: Sealer;
    codeHash: (code: string) => string;
    askedBy: string | null;
    /** The person is asked to write first. */
    isAsked: boolean;
  },
): Promise<string> {
  const id = `code_${randomBytesPooled(ID_BYTES).toString('base64url')}`;
  const { createdAt } = code;
  await trx
    .insertInto('codes')
    .values({
      id,
      caller: code.caller,
      purpose: code.purpose,
      contact: code.contact.value,
      action: code.action,
      code: deps.sealer.seal(code.code, id),
      code_hash: deps.codeHash(code.code),
      proof: 'code',
      user_first: deps.isAsked ? 'auto' : 'never',
      locale: code.locale,
      sentence: code.sentence,
      asked_by: deps.askedBy,
      route: JSON.stringify(code.route),
      step: -1,
      status: 'pending',
      created_at: createdAt,
      changed_at: createdAt,
      expires_at: code.expiresAt,
      request_id: code.requestId ?? null,
    })
    .execute();
  return id;
}

/**
 * A newer code takes the place of these: the same person and purpose, and the same challenge if they have one. A silent one
 * takes nobody's place, but looks for them.
 */
export async function cancelOlder(
  trx: Store,
  newer: { id: string; purpose: string; askedBy: string | null; silent: boolean },
  spellings: string[],
  now: number,
): Promise<void> {
  const older = await trx
    .selectFrom('codes')
    .select('id')
    .where('contact', 'in', spellings)
    .where('status', '=', 'pending')
    .where('purpose', '=', newer.purpose)
    .where('id', '<>', newer.id)
    .$if(newer.askedBy !== null, (codes) =>
      codes.where((eb) => eb.or([eb('asked_by', 'is', null), eb('asked_by', '=', newer.askedBy)])),
    )
    .execute();
  const ended = newer.silent ? [] : older.map(({ id }) => id);
  await endCodes(trx, ended, now, 'canceled');
}

/** Nobody can use a silent code, but it looks like any other. Asked of every new one: what it costs must not tell. */
export async function endIfSilent(
  trx: Store,
  { id, silent }: { id: string; silent: boolean },
  now: number,
): Promise<void> {
  await trx
    .updateTable('codes')
    .set({ ...ENDED, status: 'canceled', changed_at: now, ended_at: now })
    .where('id', '=', silent ? id : '')
    .where('status', '=', 'pending')
    .execute();
}

/** Those of these that are pending end, and what waits of their messages is withdrawn. */
export async function endCodes(
  trx: Store,
  ids: string[],
  now: number,
  status: 'canceled' | 'approved',
): Promise<void> {
  if (ids.length === 0) return;
  const ended = await trx
    .updateTable('codes')
    .set({ ...ENDED, status, changed_at: now, ended_at: now })
    .where('id', 'in', ids)
    .where('status', '=', 'pending')
    .returning('id')
    .execute();
  await withdrawOf(
    trx,
    ended.map(({ id }) => id),
    now,
  );
}

/**
 * Ends what waits of the messages of these codes and was never written; those that have failed forget the code. Returns how
 * many ended.
 */
export async function withdrawOf(trx: Store, ids: string[], now: number, why?: Withdrawal): Promise<number> {
  if (ids.length === 0) return 0;
  const sends = await trx
    .selectFrom('code_attempts')
    .select('job_id')
    .where('code_id', 'in', ids)
    .where('job_id', 'is not', null)
    .execute();
  const jobIds = sends.flatMap(({ job_id: jobId }) => jobId ?? []);
  const ended = await withdraw(trx, jobIds, now, why);
  await forgetFailed(trx, jobIds);
  return ended;
}
