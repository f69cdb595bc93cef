import process from 'node:process';
import { ConfigError, loadConfig, secretsOf } from '../config/index.js';
import { systemClock } from './clock.js';

/** How long a shutdown may take; PM2's kill_timeout lies above it. */
const SHUTDOWN_BOUND_MS = 9_000;

// Whatever a run writes holds secrets or personal data.
process.umask(0o077);

try {
  await main();
} catch (error) {
  console.error(sentenceOf(error) ?? error);
  process.exit(1);
}

/** What an operator can mend (a port that is taken, a database out of reach); null for a fault of this program. */
function sentenceOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof ConfigError || error.name === 'AlreadyRunning') return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || code.startsWith('ERR_')) return null;
  const [cause] = error instanceof AggregateError ? error.errors : [error];
  return `The start failed: ${cause.message}`;
}

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
