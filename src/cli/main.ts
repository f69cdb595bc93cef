import { hostname, userInfo } from 'node:os';
import process from 'node:process';
import { loadConfig } from '../../config/index.js';
import { openBeside } from '../../database/beside.js';
import type { Database } from '../../database/connect.js';
import { databaseRefusal } from '../../database/start-refused.js';
import { createAuditLog } from '../admin/audit/audit-log.js';
import { createKeys } from '../callers/keys.js';
import { systemClock } from '../clock.js';
import { AppError } from '../errors.js';
import { sentenceOf } from '../start.js';
import { keysCommand } from './keys.js';
import { KEYS_HELP, readKeysArguments } from './keys-arguments.js';
import { UsageError } from './usage.js';

/** Exit codes: success, a refusal, wrong usage, or nothing could be done at all. */
const EXIT = { ok: 0, failed: 1, usage: 2, cannot: 3 };

// Files that a command writes hold secrets or personal data.
process.umask(0o077);
process.exitCode = await run(process.argv.slice(2)).catch(explain);

async function run([noun, ...args]: string[]): Promise<number> {
  if (noun !== 'keys') throw new UsageError('The commands are: keys.');
  const typed = readKeysArguments(args);
  if (typed === null) return print(KEYS_HELP.trimEnd());
  const command = keysCommand(typed, systemClock);
  const database = await openConfigured(typed.verb === 'create');
  try {
    const common = { store: database.store, clock: systemClock };
    const keys = createKeys({ ...common, audit: createAuditLog(common) });
    const said = await command(keys, { actor: 'cli', address: whoAndWhere() });
    return print(typed.json ? JSON.stringify(said.json) : said.text);
  } finally {
    await database.close();
  }
}

/**
 * Only a command that stores something new may write a first configuration and make a database. Notices of the configuration are not part of the output: they go to stderr.
 */
async function openConfigured(mayMake: boolean): Promise<Database> {
  const { database } = loadConfig({ announce: complain, mayWrite: mayMake });
  try {
    return await openBeside(database, mayMake);
  } catch (error) {
    throw databaseRefusal(database.kind, error);
  }
}

/** Who runs the command, and on which machine. */
function whoAndWhere(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container may run under a user id that has no name.
    return hostname();
  }
}

function explain(error: unknown): number {
  if (error instanceof UsageError || (error instanceof AppError && error.code === 'bad_request')) {
    complain(`${error.message}\nnpm run keys -- help says more.`);
    return EXIT.usage;
  }
  if (error instanceof AppError) {
    complain(error.message);
    return EXIT.failed;
  }
  const sentence = sentenceOf(error);
  complain(sentence ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return EXIT.cannot;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.ok;
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}
