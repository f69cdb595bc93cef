import type { RequestHandler } from 'express';
import type { AlertsFailing } from '../../alerts/telegram.js';
import type { Sender } from '../../channels/sender.js';
import type { Jobs } from '../../delivery/operators/jobs.js';
import type { Stats } from '../../delivery/operators/stats.js';
import type { QueueControl } from '../../delivery/pause.js';
import { answerJson, isoOrNull } from '../../http/answer.js';
import { shownJob } from '../jobs/shown-job.js';
import type { Layout } from '../layout.js';
import { wordsFor } from '../state-words.js';
import { shownOverview } from './stats-request.js';

export interface StatusDeps {
  sender: Sender;
  jobs: Jobs;
  stats: Stats;
  queue: QueueControl;
  /** Since when alerts do not reach anybody, and why; null = nothing is known to be wrong. */
  alertsFailing(): AlertsFailing | null;
  /** When this process began, Unix ms. */
  startedAt: number;
}

const NEWEST_JOBS = 10;
const EVERYTHING = { status: null, from: null, to: null, q: null };

export type OverviewDeps = Pick<StatusDeps, 'sender' | 'queue' | 'alertsFailing' | 'startedAt'>;

/** The sender as the dashboard shows it. Holds credentials (QR, pairing code): only behind a session. */
export function overview({ sender, queue, alertsFailing, startedAt }: OverviewDeps) {
  const status = sender.status();
  const failing = alertsFailing();
  const isPaused = queue.pausedAt() !== null;
  return {
    state: status.state,
    ...wordsFor({ ...status, isPaused }),
    since: isoOrNull(status.since),
    troubleSince: isoOrNull(status.troubleSince),
    detail: status.detail,
    qr: status.qr,
    qrExpiresAt: isoOrNull(status.qrExpiresAt),
    pairingCode: status.pairingCode,
    me: status.me,
    paired: status.paired,
    paused: isPaused,
    pausedAt: isoOrNull(queue.pausedAt()),
    restrictedUntil: isoOrNull(status.restrictedUntil),
    nextAttemptAt: isoOrNull(status.nextAttemptAt),
    failedAttempts: status.failedAttempts,
    alerts: failing && { failingSince: isoOrNull(failing.since), reason: failing.reason },
    startedAt: isoOrNull(startedAt),
  };
}

/** GET /admin/api/status. Whoever asks is looking: QR codes are kept fresh meanwhile. */
export function statusJson(deps: StatusDeps): RequestHandler {
  return (_req, res) => {
    deps.sender.attend();
    answerJson(res, 200, overview(deps));
  };
}

/** GET /admin/status: the dashboard, which its script fetches again and again to stay current. */
export function statusPage(deps: StatusDeps & { layout: Layout }): RequestHandler {
  return async (req, res) => {
    deps.sender.attend();
    const [figures, newest] = await Promise.all([
      deps.stats.overview(),
      deps.jobs.list(EVERYTHING, 1, NEWEST_JOBS),
    ]);
    res.render('status', {
      ...deps.layout(req, 'status'),
      status: overview(deps),
      stats: shownOverview(figures),
      jobs: newest.jobs.map(shownJob),
    });
  };
}
