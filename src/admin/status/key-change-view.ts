import { isoOrNull } from '../../clock.js';
import type { KeyProgress } from '../../key-changes/index.js';

/** A secret that is being replaced, as the status page shows it. `step`: what is waited for, if anything. */
export function keyChangeView({ variable, usedUntil, isDone, sealed }: KeyProgress) {
  const count = (values: number) => values.toLocaleString('en');
  return {
    variable,
    step: isDone ? null : sealed.isDone ? ('time' as const) : ('sealing' as const),
    seen: sealed.seen,
    total: sealed.total,
    progress: `${count(sealed.seen)} of ${count(sealed.total)}`,
    until: isoOrNull(usedUntil),
    unreadable: sealed.unreadable === 0 ? null : count(sealed.unreadable),
  };
}
