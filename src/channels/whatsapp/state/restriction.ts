import type { Clock, Timer } from '../../../clock.js';
import { leftOf } from '../../../deadline.js';
import type { StatusBoard } from './status-board.js';

/** WhatsApp's reach-out lock (ack error 463): nothing to numbers never written to; known ones go on. */
export interface Restriction {
  isActive(): boolean;
  /** What the status of an open connection shows. */
  openState(): { state: 'READY' | 'RESTRICTED'; detail: string | null };
  /** @param until when it ends, Unix ms; null when WhatsApp did not say. */
  impose(until: number | null): void;
  lift(): void;
  /** Sets the timer for a restriction that an earlier run left behind. */
  resume(): void;
  stop(): void;
}

/** How long a restriction without a stated end is taken to last. */
const ASSUMED_MS = 24 * 60 * 60_000;
/** WhatsApp's time may come earlier than it seemed: the clock was set. */
const CHECK_INTERVAL_MS = 60_000;

export function createRestriction(deps: {
  board: StatusBoard;
  clock: Clock;
  onImposed(detail: string): void;
  onLifted(): void;
}): Restriction {
  const { board, clock } = deps;
  let timer: Timer | null = null;

  function endsAt(): number | null {
    const { restrictedAt, restrictedUntil } = board.now();
    return restrictedAt === null ? null : (restrictedUntil ?? restrictedAt + ASSUMED_MS);
  }

  function waitForEnd(): void {
    timer?.cancel();
    const end = endsAt();
    if (end === null) return;
    const leftMs = end - clock.now();
    if (leftMs <= 0) lift();
    else timer = clock.after(Math.min(leftMs, CHECK_INTERVAL_MS), waitForEnd);
  }

  function lift(): void {
    timer?.cancel();
    if (board.now().restrictedAt === null) return;
    const wasShown = board.now().state === 'RESTRICTED';
    const shown = wasShown ? { state: 'READY' as const, detail: null } : {};
    board.change({ ...shown, restrictedAt: null, restrictedUntil: null });
    deps.onLifted();
  }

  function isActive(): boolean {
    const end = endsAt();
    return end !== null && end > clock.now();
  }

  return {
    isActive,
    openState: () =>
      isActive()
        ? { state: 'RESTRICTED', detail: restrictionDetail(board.now().restrictedUntil) }
        : { state: 'READY', detail: null },
    impose(until) {
      if (until !== null && until <= clock.now()) return;
      const restrictedUntil = until ?? board.now().restrictedUntil;
      const detail = restrictionDetail(restrictedUntil);
      const shown = board.now().openSince === null ? {} : { state: 'RESTRICTED' as const, detail };
      board.change({ ...shown, restrictedAt: clock.now(), restrictedUntil });
      waitForEnd();
      deps.onImposed(detail);
    },
    lift,
    resume() {
      const [beganAt, end] = [board.now().restrictedAt, endsAt()];
      if (beganAt === null || end === null) return;
      if (leftOf(end, end - beganAt, clock.now()) === 0) lift();
      else waitForEnd();
    },
    stop: () => timer?.cancel(),
  };
}

function restrictionDetail(until: number | null): string {
  const end = until === null ? 'WhatsApp did not say until when' : `until ${new Date(until).toISOString()}`;
  return `WhatsApp lets this number write only to people it has written to before (${end}).`;
}
