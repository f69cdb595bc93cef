import type { Clock } from '../../../clock.js';

/**
 * WhatsApp gives each connection a few QR codes, then closes it: one round. While somebody is looking the next round
 * follows at once; otherwise there are at most twelve an hour.
 */
export interface QrRounds {
  /** A connection for pairing is being opened. */
  began(): void;
  /** Somebody is looking. */
  attend(): void;
  /** The codes ran out. Returns how long to wait for the next round. */
  ended(): number;
  /** The last round is over, and the next one waits for its time or for somebody to look. */
  isWaiting(): boolean;
}

const SHORTEST_UNATTENDED_MS = 5 * 60_000;
const ATTENTION_MS = 30_000;

export function createQrRounds(clock: Clock): QrRounds {
  let beganAt = Number.NEGATIVE_INFINITY;
  let attendedAt = Number.NEGATIVE_INFINITY;
  let waiting = false;
  return {
    began() {
      beganAt = clock.elapsed();
      waiting = false;
    },
    attend() {
      attendedAt = clock.elapsed();
    },
    ended() {
      waiting = true;
      const isAttended = clock.elapsed() - attendedAt < ATTENTION_MS;
      return isAttended ? 0 : Math.max(0, beganAt + SHORTEST_UNATTENDED_MS - clock.elapsed());
    },
    isWaiting: () => waiting,
  };
}
