import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import type { Clock } from '../clock.js';
import { createLogins } from '../http/operator-sessions/sessions.js';
import type { Log } from '../log.js';
import type { Opened } from './opened.js';

/** Who is logged in to the dashboard. */
export function logInsOf(deps: { config: Config; clock: Clock; log: Log; opened: Opened; https: boolean }) {
  const { config, opened } = deps;
  const sessions = createLogins({
    ...deps,
    store:
      config.database.kind === 'postgres'
        ? config.database
        : { kind: 'sqlite', file: join(config.dataDir, 'sessions.db') },
    secret: config.admin.sessionSecret,
    credentials: config.admin,
  });
  opened.add(sessions.close);
  return sessions;
}
