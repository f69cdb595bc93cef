import type { RequestHandler } from 'express';
import type { Sender } from '../channels/sender.js';
import type { Jobs } from '../delivery/jobs.js';
import type { QueueControl } from '../delivery/pause.js';
import { answerJson, isoOrNull } from '../http/answer.js';
import type { Csrf } from '../http/csrf.js';
import { RECENT_JOBS, shown } from './jobs.js';
import { wordsFor } from './state-words.js';

export interface StatusDeps {
  sender: Sender;
  jobs: Jobs;
  queue: QueueControl;
}

/** The sender as the dashboard shows it. Holds credentials (QR, pairing code): only behind a session. */
export function overview({ sender, queue }: Pick<StatusDeps, 'sender' | 'queue'>) {
  const status = sender.status();
  return {
    state: status.state,
    ...wordsFor(status),
    since: isoOrNull(status.since),
    detail: status.detail,
    qr: status.qr,
    qrExpiresAt: isoOrNull(status.qrExpiresAt),
    pairingCode: status.pairingCode,
    me: status.me,
    paused: queue.pausedAt() !== null,
    pausedAt: isoOrNull(queue.pausedAt()),
    restrictedUntil: isoOrNull(status.restrictedUntil),
    nextAttemptAt: isoOrNull(status.nextAttemptAt),
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
export function statusPage(deps: StatusDeps, csrf: Csrf): RequestHandler {
  return async (req, res) => {
    deps.sender.attend();
    const [counts, recent] = await Promise.all([deps.jobs.counts(), deps.jobs.recent(RECENT_JOBS)]);
    res.render('status', {
      csrfToken: csrf.token(req),
      status: overview(deps),
      counts,
      jobs: recent.map(shown),
    });
  };
}
