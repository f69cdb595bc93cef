import type { Config } from '../../config/config.js';
import type { Database } from '../../database/connect.js';
import { longestTokenMs } from '../auth/rules.js';
import type { Clock } from '../clock.js';
import type { Replaced } from '../key-changes/change-rows.js';
import { type KeyChanges, openKeyChanges } from '../key-changes/index.js';
import type { Log } from '../log.js';
import type { Sealing } from '../sealing.js';

/** No code, no stored answer and no sign-in that is under way lives longer: the most that OTP_TTL_SECONDS allows. */
const LONGEST_CODE_MS = 3_600_000;

export function keyChangesOf(parts: {
  config: Config;
  database: Database;
  clock: Clock;
  log: Log;
  sealing: Sealing;
}): Promise<KeyChanges> {
  const { encryptionKey, previousEncryptionKey, auth } = parts.config;
  const replaced: Replaced[] = [];
  if (previousEncryptionKey !== null) {
    replaced.push({ variable: 'ENCRYPTION_KEY', present: encryptionKey, previous: previousEncryptionKey });
  }
  if (auth.previousJwtSecret !== null) {
    replaced.push({ variable: 'JWT_SECRET', present: auth.jwtSecret, previous: auth.previousJwtSecret });
  }
  const livesMs = { ENCRYPTION_KEY: LONGEST_CODE_MS, JWT_SECRET: longestTokenMs(auth) };
  return openKeyChanges({ ...parts, replaced, livesMs });
}
