import process from 'node:process';

/** Runs `main`; a start that fails says why in one line where an operator can mend it, and ends with 1. */
export async function start(main: () => Promise<void>): Promise<void> {
  // Whatever a run writes holds secrets or personal data.
  process.umask(0o077);
  try {
    await main();
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${sentenceOf(error) ?? fault}\n`);
    process.exit(1);
  }
}

/** A refused setting, a port that is taken, a database out of reach; null for a fault of this program. */
function sentenceOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'ConfigError' || error.name === 'AlreadyRunning') return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || code.startsWith('ERR_')) return null;
  const [cause] = error instanceof AggregateError ? error.errors : [error];
  return `The start failed: ${cause.message}`;
}
