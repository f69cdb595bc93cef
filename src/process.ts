import process from 'node:process';
import type { App } from './app.js';
import type { Logging } from './logging/logging.js';

/** Ends the process in an orderly way: on a signal, on a fault, or because the database was taken over. */
export interface ProcessWatch {
  guard(app: Pick<App, 'close' | 'handleRejection'>): void;
  /** Ends the process with a non-zero code after an orderly close. */
  fail(reason: string): void;
}

export function watchProcess(deps: { logging: Logging; boundMs: number }): ProcessWatch {
  const { logging, boundMs } = deps;
  const { log } = logging;
  let app: Pick<App, 'close' | 'handleRejection'> | null = null;
  let ending = false;

  async function end(exitCode: number): Promise<void> {
    if (ending) return;
    ending = true;
    const bound = setTimeout(() => {
      log.error('the shutdown took too long and was cut short');
      process.exit(1);
    }, boundMs);
    try {
      await app?.close();
      log.info('closed');
    } catch (error) {
      log.error('the shutdown failed', { error });
      exitCode = 1;
    }
    await logging.close();
    clearTimeout(bound);
    process.exit(exitCode);
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info('closing', { signal });
      void end(0);
    });
  }
  process.on('unhandledRejection', (reason) => {
    if (app?.handleRejection(reason)) return;
    logging.logRejection(reason);
    void end(1);
  });
  process.on('uncaughtException', (error) => {
    logging.logException(error);
    void end(1);
  });

  return {
    guard(opened) {
      app = opened;
    },
    fail(reason) {
      log.error(reason);
      void end(1);
    },
  };
}
