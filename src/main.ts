import { loadConfig, secretsOf, warningsOf } from '../config/index.js';
import { systemClock } from './clock.js';
import { start } from './start.js';

/** How long a shutdown may take; PM2's kill_timeout is longer. */
const SHUTDOWN_BOUND_MS = 9_000;

await start(main);

async function main(): Promise<void> {
  const config = loadConfig();
  // Imported after the check, so that a refused configuration ends the start at once.
  const [{ openApp }, { createLogging }, { watchProcess }, { printQr }] = await Promise.all([
    import('./app.js'),
    import('./logging/logging.js'),
    import('./process.js'),
    import('./terminal-qr.js'),
  ]);
  const logging = createLogging({
    ...config.log,
    console: config.env === 'production' ? 'json' : 'pretty',
    secrets: secretsOf(config),
    clock: systemClock,
  });
  const { log } = logging;
  for (const warning of warningsOf(config)) log.warn(warning);
  const watch = watchProcess({ logging, boundMs: SHUTDOWN_BOUND_MS });
  const app = await openApp({
    config,
    log,
    onLockLost: () => watch.fail('the lock on the database was lost; another process may hold it now'),
    ...(config.env !== 'production' && { onQr: printQr }),
  });
  watch.guard(app);
  const port = await app.listen();
  const host = config.server.host === '0.0.0.0' ? 'localhost' : config.server.host;
  log.info('listening', { host: config.server.host, port, dashboard: `http://${host}:${port}/admin/status` });
}
