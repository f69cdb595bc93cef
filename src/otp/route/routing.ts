import type { Clock } from '../../clock.js';
import type { Changes } from '../../delivery/changes.js';
import { AppError } from '../../errors.js';
import type { Log } from '../../log.js';
import { orStoreUnavailable } from '../or-store-unavailable.js';
import { WRITTEN_ON } from '../written-on.js';
import { type AgainDeps, reserveAgain } from './again.js';
import { attemptsOf } from './attempts.js';
import { cancelCode } from './cancel.js';
import { withdrawOf } from './code-rows.js';
import { stepsLeft, storyOf } from './code-story.js';
import { createEngine } from './engine.js';
import { Moved } from './moves.js';
import type { ReservedAgain, Routing, SentAgain } from './route.js';
import { reserveStart } from './starts.js';

/** How often a code may move between the look at it and the change: it has three channels. */
const MAX_TURNS = 4;

/**
 * @param deps.codeRoute of phones whose codes name none; addresses take e-mail.
 * @param deps.sealer of `codes.code`, whose context is the code's id.
 */
export function createRouting(
  deps: Omit<AgainDeps, 'onOpened' | 'clock'> & {
    clock: Clock;
    log: Log;
    changes: Changes;
    codeRoute: readonly string[] | null;
  },
): Routing {
  const { store, places, codeRoute } = deps;
  const engine = createEngine(deps);
  const parts = { ...deps, onOpened: engine.opened };

  async function sendAgain(
    codeId: string,
    again: Parameters<Routing['reserveAgain']>[1],
  ): Promise<SentAgain> {
    for (let turn = 1; ; turn++) {
      let reserved: ReservedAgain | null = null;
      try {
        reserved = await reserveAgain(parts, codeId, again);
        if (!reserved) return { kind: 'over' };
        const { jobId } = await store.transaction().execute(reserved.storeIn);
        reserved.committed();
        return { kind: 'sent', jobId };
      } catch (error) {
        if (error instanceof AppError) return { kind: 'refused', error };
        if (!(error instanceof Moved) || turn === MAX_TURNS) throw error;
      } finally {
        reserved?.release();
      }
    }
  }

  return {
    reserve: (code) => reserveStart(parts, code),
    reserveAgain: (codeId, again) => reserveAgain(parts, codeId, again),
    resend: (codeId, channel) => sendAgain(codeId, { channel, cause: 'resend' }),

    replyTo: (codeId) => sendAgain(codeId, { channel: WRITTEN_ON, cause: 'reply' }),

    async withdrawIn(trx, codeId) {
      await trx
        .updateTable('codes')
        .set({ next_step_at: null, may_follow_until: null })
        .where('id', '=', codeId)
        .execute();
      await withdrawOf(trx, [codeId], deps.clock.now());
    },

    async cancel(jobId) {
      const canceling = cancelCode(store, jobId, { now: deps.clock.now(), waitsMs: deps.waitsMs });
      const isCanceled = await orStoreUnavailable(canceling);
      if (isCanceled) deps.changes.notify();
      return isCanceled;
    },

    storyOf: (job) => storyOf(store, job, { now: deps.clock.now(), waitsMs: deps.waitsMs }),
    stepsLeft: (codeIds) => stepsLeft(store, codeIds, { now: deps.clock.now(), waitsMs: deps.waitsMs }),
    attemptsOf: (codeIds) => attemptsOf(store, codeIds),
    routeTo: (kind) => (kind === 'phone' && codeRoute ? codeRoute : [places.firstTo(kind)]),
    reaches: places.reaches,
    start: engine.start,
    stop: engine.stop,
  };
}
