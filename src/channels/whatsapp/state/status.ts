import type { SenderStatus } from '../../sender.js';
import type { Facts } from './facts.js';
import { restrictionOf } from './restriction.js';

/** What others see of the facts. */
export function statusOf(facts: Facts): SenderStatus {
  const restriction = restrictionOf(facts);
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
    restricted: restriction !== null,
    restriction: restriction?.reason ?? null,
    restrictedUntil: restriction?.until ?? null,
    isChecked: facts.isAskingAccount && facts.unexplained.length > 0,
    quota: facts.quota,
    lockedAt: facts.lockedAt,
    linkedAt: facts.linkedAt,
    nextAttemptAt: facts.nextAttemptAt,
    openSince: facts.openSince,
  };
}

export function isSameStatus(one: SenderStatus, other: SenderStatus): boolean {
  return Object.keys(one).every((key) => one[key as keyof SenderStatus] === other[key as keyof SenderStatus]);
}
