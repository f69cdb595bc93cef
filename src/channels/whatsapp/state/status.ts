import type { SenderStatus } from '../../sender.js';
import type { Facts } from './facts.js';

/** What others see of the facts. */
export function statusOf(facts: Facts): SenderStatus {
  return {
    state: facts.state,
    since: facts.since,
    troubleSince: facts.state === 'RESTRICTED' ? facts.restrictedSince : facts.lostSince,
    failedAttempts: facts.failedAttempts,
    retriesExhausted: facts.retriesExhausted,
    givenUp: facts.givenUp,
    detail: facts.detail,
    need: facts.need,
    qr: facts.qr,
    qrExpiresAt: facts.qrExpiresAt,
    pairingCode: facts.pairingCode,
    me: facts.me,
    paired: facts.me !== null,
    restricted: facts.restrictedAt !== null,
    restrictedUntil: facts.restrictedUntil,
    nextAttemptAt: facts.nextAttemptAt,
    openSince: facts.openSince,
  };
}

export function isSameStatus(one: SenderStatus, other: SenderStatus): boolean {
  return Object.keys(one).every((key) => one[key as keyof SenderStatus] === other[key as keyof SenderStatus]);
}
