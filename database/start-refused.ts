import { nativeModuleProblem } from './native-module.js';

/** A setting that is well formed but cannot be had on this machine. The message never holds its value. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';

  /** @param rule "VARIABLE: must be …", without the full stop. */
  constructor(rule: string, cause: unknown) {
    const code = codeOf(cause);
    super(`${rule}${code === null ? '' : ` (${code})`}.`, { cause });
  }
}

const RULES = {
  sqlite: 'DB_FILENAME: must be a SQLite file, or a new one, in a folder that this program may write to',
  postgres: 'DATABASE_URL: must be a PostgreSQL database that can be reached and that its user may write to',
};
const NEWER = 'must not be a database that a newer version of this program has written';

/** What the operator is told when the database was not opened; `AlreadyRunning` stays what it is. */
export function databaseRefusal(kind: keyof typeof RULES, error: unknown): Error {
  const name = error instanceof Error ? error.name : '';
  if (error instanceof Error && (name === 'AlreadyRunning' || nativeModuleProblem(error))) return error;
  if (name !== 'NewerDatabase') return new StartRefused(RULES[kind], error);
  return new StartRefused(`${kind === 'sqlite' ? 'DB_FILENAME' : 'DATABASE_URL'}: ${NEWER}`, error);
}

/** The same for the port; what is no answer of the system is a fault of this program and stays what it is. */
export function listenRefusal(error: unknown): unknown {
  const code = codeOf(error);
  if (code === null || code.startsWith('ERR_')) return error;
  const rule = ['EADDRINUSE', 'EACCES', 'EPERM'].includes(code)
    ? 'PORT: must be a port that is free and that this program may open'
    : 'HOST: must be an address of this machine';
  return new StartRefused(rule, error);
}

/** The system's errno, SQLite's result code or PostgreSQL's SQLSTATE. */
function codeOf(error: unknown): string | null {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^\w+$/.test(code) ? code : null;
}
