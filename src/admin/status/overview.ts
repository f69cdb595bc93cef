import type { AlertsFailing } from '../../alerts/telegram.js';
import type { Sender } from '../../channels/sender.js';
import { isoOrNull } from '../../clock.js';
import type { QueueControl } from '../../delivery/pause.js';
import { wordsFor } from '../state-words.js';

export interface OverviewDeps {
  sender: Sender;
  queue: QueueControl;
  /** Since when alerts have not been arriving, and why; null = nothing is known to be wrong. */
  alertsFailing(): AlertsFailing | null;
  /** When this process began, Unix ms. */
  startedAt: number;
}

/** The sender as the dashboard shows it. Contains credentials (QR, pairing code): only behind a session. */
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
    restriction: status.restriction && {
      reason: status.restriction,
      until: isoOrNull(status.restrictedUntil),
    },
    newChats: status.quota && {
      used: status.quota.used,
      total: status.quota.total,
      until: isoOrNull(status.quota.cycleEnd),
    },
    nextAttemptAt: isoOrNull(status.nextAttemptAt),
    failedAttempts: status.failedAttempts,
    alerts: failing && { failingSince: isoOrNull(failing.since), reason: failing.reason },
    startedAt: isoOrNull(startedAt),
  };
}
