import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestClock, type TestClock } from '../../test/support/clock.js';

const LOOK_MS = 2;
/** What the look itself takes, and a little more. */
const AT_REST_MS = 0.5;

/**
 * A clock that an hour passes on in a minute: it stands still while the process has anything to do, and then goes to
 * what falls due next. Sockets, keys and everything else of the process take their own time, in which this clock does
 * not move: what is measured on it is all that somebody decided to wait for.
 * @param onRest runs whenever the process has come to rest; true: it has set something going.
 */
export function createSettableClock(onRest: () => boolean): TestClock {
  return createTestClock(Date.now(), async () => {
    do await atRest();
    while (onRest());
  });
}

/** Resolves once the event loop has had nothing to do twice in a row. All of the world is in this process. */
async function atRest(): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    const before = performance.eventLoopUtilization();
    await sleep(LOOK_MS);
    const { active } = performance.eventLoopUtilization(performance.eventLoopUtilization(), before);
    quiet = active < AT_REST_MS ? quiet + 1 : 0;
  }
}
