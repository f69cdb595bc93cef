import type { Store } from '../../../database/schema.js';
import { withdraw } from '../../delivery/queue/supersede.js';
import { ENDED, withdrawOf } from './code-rows.js';
import { decide, type RouteFacts } from './decide.js';
import { factsOf, type KnownCode, knownCodes } from './known-codes.js';

/**
 * Its caller wants nothing more of the code that a job belongs to: what waits of its messages ends, and the steps to come.
 * What may be out stays as it is. False: nothing was left to stop, and nothing has changed.
 */
export async function cancelCode(
  store: Store,
  jobId: number,
  at: { now: number; waitsMs: RouteFacts['waitsMs'] },
): Promise<boolean> {
  try {
    return await store.transaction().execute(async (trx) => {
      if (await stopIn(trx, jobId, at)) return true;
      throw new NothingLeft();
    });
  } catch (error) {
    if (error instanceof NothingLeft) return false;
    throw error;
  }
}

async function stopIn(
  trx: Store,
  jobId: number,
  { now, waitsMs }: { now: number; waitsMs: RouteFacts['waitsMs'] },
): Promise<boolean> {
  const job = await trx.selectFrom('jobs').select('code_id').where('id', '=', jobId).executeTakeFirst();
  const [code] = job?.code_id ? await knownCodes(trx, [job.code_id]) : [];
  if (!code) return (await withdraw(trx, [jobId], now, 'canceled')) > 0;
  // First: whoever moves the code on waits here, and then finds it ended.
  const isEnded = await endIfPending(trx, code.row.id, now);
  const stopped = await withdrawOf(trx, [code.row.id], now, 'canceled');
  return stopped > 0 || (isEnded && mayGoOn(code, waitsMs, now));
}

async function endIfPending(trx: Store, id: string, now: number): Promise<boolean> {
  const ended = await trx
    .updateTable('codes')
    .set({ ...ENDED, status: 'canceled', changed_at: now, ended_at: now })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  return ended.numUpdatedRows === 1n;
}

/** Another send may begin, of itself or because the present one fails. */
function mayGoOn(code: KnownCode, waitsMs: RouteFacts['waitsMs'], now: number): boolean {
  if (code.sends.some(({ delivered }) => delivered)) return false;
  const { do: next } = decide(factsOf(code, waitsMs), now);
  return next === 'begin' || next === 'passOver' || next === 'wait' || (code.row.may_follow_until ?? 0) > now;
}

/** Undoes the transaction. */
class NothingLeft extends Error {}
