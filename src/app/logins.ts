import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import type { Clock } from '../clock.js';
import { createLogins, type Sessions } from '../http/operator-sessions/sessions.js';
import type { Log } from '../log.js';
import type { Opened } from './opened.js';

/** The operators' sessions: with SQLite in a file of their own. */
export function loginsOf(deps: {
  config: Config;
  clock: Clock;
  log: Log;
  opened: Opened;
  https: boolean;
}): Sessions {
  const { config, opened } = deps;
  const { database, dataDir, admin } = config;
  const logins = createLogins({
    ...deps,
    store: database.kind === 'postgres' ? database : { kind: 'sqlite', file: join(dataDir, 'sessions.db') },
    secret: admin.sessionSecret,
    credentials: admin,
  });
  opened.add(logins.close);
  return logins;
}
