import process from 'node:process';
import { nativeModuleProblem } from '../database/native-module.js';

/** Runs `main`; a failed start that an operator can fix says why in one line; any failure ends with exit code 1. */
export async function start(main: () => Promise<void>): Promise<void> {
  // Files that a run writes hold secrets or personal data.
  process.umask(0o077);
  try {
    await main();
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${sentenceOf(error) ?? fault}\n`);
    process.exit(1);
  }
}

/** A problem that an operator can fix, in one sentence; null for a fault of this program. */
export function sentenceOf(error: unknown): string | null {
  const mendable = ['ConfigError', 'AlreadyRunning', 'OutdatedDatabase', 'NoDatabase', 'StartRefused'];
  const problem = nativeModuleProblem(error);
  if (problem) return problem;
  return error instanceof Error && mendable.includes(error.name) ? error.message : null;
}
