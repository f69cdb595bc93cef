import type { Clock, Timer } from '../../../clock.js';

/** What the watchdog needs to know about a connection. */
export interface Watched {
  isOpen(): boolean;
  /** WhatsApp has offered a QR code: it is waiting for us, not the other way round. */
  isPairing(): boolean;
  /** When WhatsApp last said anything, as `Clock.elapsed` counts. */
  lastFrameAt(): number;
  ping(): void;
  fail(reason: string): void;
}

/** A connection that has neither opened nor offered a QR code by then never will. */
const OPEN_WITHIN_MS = 60_000;
const MIN_PROBE_MS = 2_000;
const MAX_PROBE_MS = 10_000;

/** Ends a connection that never opens, or that is open but no longer hears anything. Returns a function that stops watching. */
export function watch(connection: Watched, clock: Clock, checkIntervalMs: number): () => void {
  const timers = new Set<Timer>();
  let stopped = false;
  const after = (ms: number, run: () => void) => {
    const timer = clock.after(ms, () => {
      timers.delete(timer);
      if (!stopped) run();
    });
    timers.add(timer);
  };

  after(OPEN_WITHIN_MS, () => {
    if (!connection.isOpen() && !connection.isPairing())
      connection.fail('the connection did not open in time');
  });

  const probeMs = Math.min(Math.max(checkIntervalMs, MIN_PROBE_MS), MAX_PROBE_MS);
  const check = () => {
    if (!connection.isOpen() || clock.elapsed() - connection.lastFrameAt() < checkIntervalMs) {
      return after(checkIntervalMs, check);
    }
    const probedAt = clock.elapsed();
    connection.ping();
    after(probeMs, () => {
      if (connection.lastFrameAt() >= probedAt) return after(checkIntervalMs, check);
      connection.fail('WhatsApp no longer answers');
    });
  };
  after(checkIntervalMs, check);

  return () => {
    stopped = true;
    for (const timer of timers) timer.cancel();
  };
}
