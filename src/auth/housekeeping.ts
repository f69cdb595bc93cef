import type { Store } from '../../database/schema.js';
import { cleanUpFloods } from '../alarms/flood-counts.js';
import type { Clock, Timer } from '../clock.js';
import { cleanUpCounts } from '../limits/counts.js';
import type { Log } from '../log.js';
import { cleanUpBlocks } from '../otp/conversion/blocked-prefixes.js';
import { cleanUpConversions } from '../otp/conversion/conversion.js';
import { cleanUpCodes } from '../otp/verifications/code-rows.js';
import { cleanUpRegistrations } from './accounts/registrations.js';
import { cleanUpClients } from './clients/known-clients.js';
import { deleteExpired } from './codes/challenge-rows.js';
import { cleanUpFailures } from './codes/code-failures.js';
import { cleanUpSends } from './codes/send-limits.js';
import { cleanUpOpenIdLogins } from './openid/openid.js';
import { cleanUpRevokedTokens } from './tokens.js';

/** Removes what codes and signing in leave behind, long after it has stopped mattering. */
export interface Housekeeping {
  start(): void;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 10 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export function createHousekeeping(deps: { store: Store; clock: Clock; log: Log }): Housekeeping {
  const { store, clock, log } = deps;
  let timer: Timer | null = null;
  let running: Promise<void> | null = null;
  let stopped = false;

  async function tidy(): Promise<void> {
    const now = clock.now();
    await deleteExpired(store, now, DAY_MS);
    await cleanUpRegistrations(store, now);
    await cleanUpFailures(store, now);
    await cleanUpRevokedTokens(store, now);
    await cleanUpOpenIdLogins(store, now);
    await cleanUpSends(store, now);
    await cleanUpCounts(store, now);
    await cleanUpCodes(store, now);
    await cleanUpClients(store, now);
    await cleanUpFloods(store, now);
    await cleanUpConversions(store, now);
    await cleanUpBlocks(store, now);
  }

  async function run(): Promise<void> {
    try {
      await tidy();
    } catch (error) {
      log.error('cleaning up after sign-ins failed', { error });
    }
    if (!stopped) timer = clock.after(INTERVAL_MS, go);
  }

  function go(): void {
    running = run();
  }

  return {
    start() {
      stopped = false;
      go();
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}
