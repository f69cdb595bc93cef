import { ChannelError } from '../../../src/channels/channel.js';
import {
  areUsedUp,
  failed as failedAttempt,
  firstAttempts,
  forgiven,
  opened as openedAttempts,
} from '../../../src/channels/whatsapp/state/attempts.js';
import { type Clock, sleep } from '../../../src/clock.js';
import { createScriptedSender } from '../../support/scripted-sender.js';

/** As the product has them by default. */
const RECONNECTING = { initialRetryDelayMs: 7_000, maxRetries: 5 };
const SEND_MS = 500;
const CONNECT_MS = 1_000;
/** An attempt that meets nothing but silence is given up after so long. */
const SILENCE_MS = 20_000;
const STABLE_MS = 60_000;

/** A number whose network comes and goes, and which reconnects as the product does. */
export function createNetwork(clock: Clock, random: () => number) {
  const sender = createScriptedSender(clock);
  let attempts = firstAttempts(RECONNECTING);
  let outages = 0;
  let connection = 0;
  let failsAfterMs = CONNECT_MS;

  sender.answer = async () => {
    const mine = connection;
    await sleep(clock, SEND_MS);
    if (mine === connection) return clock.now();
    throw new ChannelError('wait', 'not_connected', 'The connection broke.', true);
  };

  function failed(failedAttempts: number): void {
    const after = failedAttempt(attempts, { code: null, minRepeatDelayMs: 0, chance: random() });
    attempts = after.attempts;
    const { delayMs } = after;
    const retriesExhausted = areUsedUp(attempts);
    sender.set({
      state: 'DISCONNECTED',
      openSince: null,
      nextAttemptAt: clock.now() + delayMs,
      failedAttempts,
      retriesExhausted,
      givenUp: sender.status().givenUp || retriesExhausted,
    });
    clock.after(delayMs, attempt);
  }

  function attempt(): void {
    sender.set({ state: 'CONNECTING', nextAttemptAt: null });
    clock.after(outages > 0 ? failsAfterMs : CONNECT_MS, () => {
      if (outages > 0) failed(sender.status().failedAttempts + 1);
      else opened();
    });
  }

  function opened(): void {
    const openSince = clock.now();
    attempts = openedAttempts(attempts);
    sender.set({ state: 'READY', openSince, troubleSince: null, failedAttempts: 0, givenUp: false });
    const mine = ++connection;
    clock.after(STABLE_MS, () => {
      if (mine === connection) attempts = forgiven(attempts);
    });
  }

  return {
    sender,
    /** Nothing gets through for so long: attempts are refused, or meet silence. Outages may overlap. */
    breakFor(ms: number): void {
      outages += 1;
      failsAfterMs = random() < 0.5 ? CONNECT_MS : SILENCE_MS;
      clock.after(ms, () => void outages--);
      if (sender.status().openSince === null) return;
      connection += 1;
      sender.set({ troubleSince: clock.now() });
      failed(0);
    },
  };
}
