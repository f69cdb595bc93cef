import type { Receipt } from '../../channels/channel.js';
import { type Clock, sleep } from '../../clock.js';
import type { Log } from '../../log.js';
import type { ClaimedJob, Outcome } from '../job.js';
import { ackPatienceMs, receiptGraceMs } from '../margins.js';
import type { Outlet } from '../outlet.js';
import type { ClaimRules } from '../queue/claim.js';
import type { Queue } from '../queue/queue.js';
import { outcomeOf } from './attempt.js';
import type { Backlog } from './backlog.js';
import type { Pace } from './pace.js';
import { createWakeup } from './wakeup.js';

/** Takes jobs from the queue to their outlet, one at a time, as fast as the outlet and the pace allow. */
export interface Worker {
  start(): void;
  /** Something may have become possible: a job came, the outlet opened, the queue was resumed. */
  wake(): void;
  /** The message is being sent at this moment: its ack is already awaited here. */
  awaits(receipt: Receipt): boolean;
  /** Extends the leases of what is under way. */
  heartbeat(): Promise<void>;
  /** Takes nothing new and waits for the send in hand, `boundMs` at most. */
  stop(boundMs: number): Promise<void>;
}

/** Before the first byte: the number and its devices are looked up, each query bounded by the channel. */
const PREPARATION_PATIENCE_MS = 30_000;
const STORE_RETRY_MS = 1_000;

export function createWorker(deps: {
  queue: Queue;
  outlet: Pick<Outlet, 'send' | 'openSince' | 'warmOnly'>;
  pace: Pace;
  backlog: Backlog;
  isPaused(): boolean;
  /** A job was claimed, or the outcome of one is stored. */
  onChanged(): void;
  clock: Clock;
  log: Log;
  ttlMs: number;
  /** As `ChannelRules.onceOnly`. */
  onceOnly?: boolean;
  pollingIntervalMs: number;
}): Worker {
  const { queue, outlet, pace, backlog, clock, log, ttlMs, onceOnly = false } = deps;
  const wakeup = createWakeup(clock);
  const stopping = new AbortController();
  const underWay = new Map<number, ClaimedJob>();
  /** Message ids whose outcome is still open. */
  const awaited = new Set<string>();
  /** The store failed during a claim, which may have succeeded all the same. */
  let mayHoldStrays = false;
  let loop: Promise<void> | null = null;

  /** Which jobs may go out now; null = none. */
  function rules(): ClaimRules | null {
    const openSince = outlet.openSince();
    if (stopping.signal.aborted || deps.isPaused() || openSince === null) return null;
    const receiptsInAt = openSince + receiptGraceMs(ttlMs);
    if (receiptsInAt > clock.now()) wakeup.at(receiptsInAt);
    return { warmOnly: outlet.warmOnly(), resends: receiptsInAt <= clock.now() };
  }

  async function run(): Promise<void> {
    let job: ClaimedJob | null = null;
    while (!stopping.signal.aborted) {
      try {
        if (mayHoldStrays) await takeUpStrays(job);
        if (!job) {
          const now = rules();
          const waitMs = now ? pace.waitMs() : Number.POSITIVE_INFINITY;
          if (now && waitMs === 0) job = await claim(now);
          if (!job) await wakeup.wait(Math.min(waitMs || deps.pollingIntervalMs, deps.pollingIntervalMs));
          continue;
        }
        job = await deliver(job);
      } catch (error) {
        log.error('the queue could not be read; trying again', { error });
        mayHoldStrays = true;
        job = null;
        await sleep(clock, STORE_RETRY_MS, stopping.signal);
      }
    }
    if (job) await recordOutcome(job, { kind: 'release', runAt: clock.now(), counted: false }, null);
  }

  async function takeUpStrays(inHand: ClaimedJob | null): Promise<void> {
    try {
      await queue.recover({ why: 'stray', known: [...underWay.keys(), ...(inHand ? [inHand.id] : [])] });
      mayHoldStrays = false;
    } catch (error) {
      log.error('lost claims could not be looked for; trying again', { error });
    }
  }

  async function claim(now: ClaimRules): Promise<ClaimedJob | null> {
    const job = await queue.claim(now);
    if (job) {
      backlog.claimed();
      deps.onChanged();
    }
    return job;
  }

  /** Sends one job and returns the next one, if it could be claimed in the same commit. */
  async function deliver(job: ClaimedJob): Promise<ClaimedJob | null> {
    if (job.text === null) return finish(job, { kind: 'failed', reason: 'unreadable' });
    underWay.set(job.id, job);
    const over = pace.begin();
    awaited.add(job.messageId);
    const { outcome, patience, wrote } = send(job, job.text);
    const known = await Promise.race([outcome, patience]);
    over(wrote());
    if (known) return finish(job, known);
    log.warn('a message is not confirmed yet; going on with the next', { jobId: job.id });
    backlog.finished(false);
    void outcome.then((late) => recordOutcome(job, late, null)).then(() => wakeup.now());
    return null;
  }

  async function finish(job: ClaimedJob, outcome: Outcome): Promise<ClaimedJob | null> {
    const next = await recordOutcome(job, outcome, pace.waitMs() === 0 ? rules() : null);
    backlog.finished(outcome.kind === 'release');
    if (next) backlog.claimed();
    return next;
  }

  /** `patience` resolves with null when the outcome takes too long to wait for. */
  function send(job: ClaimedJob, text: string) {
    let mayBeWritten = false;
    let isHeldBack = false;
    let giveUp: (nothing: null) => void = () => {};
    const patience = new Promise<null>((resolve) => {
      giveUp = resolve;
    });
    let timer = clock.after(PREPARATION_PATIENCE_MS, () => giveUp(null));
    const beforeWrite = async () => {
      // An operator may have paused during the claim or the look-up: what has not begun to be written stays here.
      isHeldBack = deps.isPaused();
      mayBeWritten = !isHeldBack && (await queue.beginWrite(job));
      timer.cancel();
      timer = clock.after(ackPatienceMs(ttlMs), () => giveUp(null));
      return mayBeWritten;
    };
    const outcome = outlet
      .send({
        messageId: job.messageId,
        recipient: job.recipient,
        ...(job.subject !== undefined && { subject: job.subject }),
        ...(job.locale !== undefined && { locale: job.locale }),
        text,
        code: job.code,
        expiresAt: job.expiresAt,
        beforeWrite,
      })
      .then((acceptance): Outcome => ({ kind: 'accepted', at: acceptance.acceptedAt }))
      .catch((error: unknown): Outcome => {
        if (isHeldBack) return { kind: 'release', runAt: clock.now(), counted: false };
        log.warn('a send failed', { jobId: job.id, error });
        return outcomeOf(error, job.attempts, clock, ttlMs, onceOnly && mayBeWritten);
      })
      .finally(() => {
        timer.cancel();
        awaited.delete(job.messageId);
      });
    return { outcome, patience, wrote: () => mayBeWritten };
  }

  /** Records the outcome, however long the store takes: if an ack were forgotten, the message would be sent again. */
  async function recordOutcome(
    job: ClaimedJob,
    outcome: Outcome,
    next: ClaimRules | null,
  ): Promise<ClaimedJob | null> {
    for (;;) {
      try {
        const claimed = await queue.complete(job, outcome, next);
        underWay.delete(job.id);
        if (outcome.kind === 'release') wakeup.at(outcome.runAt);
        deps.onChanged();
        return claimed;
      } catch (error) {
        log.error('an outcome could not be stored; trying again', { jobId: job.id, error });
        mayHoldStrays ||= next !== null;
        await sleep(clock, STORE_RETRY_MS, stopping.signal);
        if (stopping.signal.aborted) return null;
      }
    }
  }

  return {
    start() {
      loop ??= run();
    },
    wake: () => wakeup.now(),
    awaits: ({ kind, messageId }) => kind === 'accepted' && awaited.has(messageId),
    heartbeat: () => queue.extendLeases([...underWay.keys()]),
    async stop(boundMs) {
      stopping.abort();
      wakeup.now();
      await Promise.race([loop, sleep(clock, boundMs)]);
    },
  };
}
