import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import type { Clock } from '../clock.js';
import { createLogins } from '../http/operator-sessions/sessions.js';
import type { Log } from '../log.js';

/** Of the dashboard. */
export function sessionsOf({ config, ...deps }: { config: Config; https: boolean; clock: Clock; log: Log }) {
  const { database, dataDir, admin } = config;
  const store =
    database.kind === 'postgres' ? database : { kind: 'sqlite' as const, file: join(dataDir, 'sessions.db') };
  return createLogins({ ...deps, store, secret: admin.sessionSecret, credentials: admin });
}
