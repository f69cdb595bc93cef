import { hostname, userInfo } from 'node:os';
import process from 'node:process';
import { loadConfig } from '../../config/index.js';
import { openBeside } from '../../database/beside.js';
import type { Database } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { databaseRefusal } from '../../database/start-refused.js';
import { createAuditLog } from '../admin/audit/audit-log.js';
import { keyCallerId } from '../callers/caller.js';
import { createHookStore } from '../callers/hooks/hook-store.js';
import { createKeys, type Operator } from '../callers/keys.js';
import { systemClock as clock } from '../clock.js';
import { AppError } from '../errors.js';
import { createHooks } from '../hooks/hooks.js';
import { createSealing } from '../sealing.js';
import { sentenceOf } from '../start.js';
import { countEndpoints } from '../webhooks/endpoints/rows.js';
import { hooksCommand } from './hooks.js';
import { HOOKS_HELP, readHooksArguments } from './hooks-arguments.js';
import { keysCommand } from './keys.js';
import { KEYS_HELP, readKeysArguments } from './keys-arguments.js';
import type { Said } from './said.js';
import { UsageError } from './usage.js';

/** Exit codes: success, a refusal, wrong usage, or nothing could be done at all. */
const EXIT = { ok: 0, failed: 1, usage: 2, cannot: 3 };

// Files that a command writes hold secrets or personal data.
process.umask(0o077);
const [noun = '', ...rest] = process.argv.slice(2);
process.exitCode = await run([noun, ...rest]).catch((error: unknown) => explain(error, noun));

type Config = ReturnType<typeof loadConfig>;
type Parts = Pick<Config, 'auth' | 'server' | 'encryptionKey' | 'previousEncryptionKey'> & { store: Store };

/** A command that was read: what it does, once there is a database. */
interface Command {
  json: boolean;
  /** It stores something new, and may be the first to do so. */
  mayMake: boolean;
  run(parts: Parts, by: Operator): Promise<Said>;
}

async function run([noun = '', ...args]: string[]): Promise<number> {
  const nouns: Record<string, { help: string; read(args: string[]): Command | null }> = {
    keys: { help: KEYS_HELP, read: readKeys },
    hooks: { help: HOOKS_HELP, read: readHooks },
  };
  const known = Object.hasOwn(nouns, noun) ? nouns[noun] : undefined;
  if (!known) throw new UsageError(`The commands are: ${Object.keys(nouns).join(', ')}.`);
  const command = known.read(args);
  if (command === null) return print(known.help.trimEnd());
  const { database, config } = await openConfigured(command.mayMake);
  try {
    const by = { actor: 'cli', address: whoAndWhere() };
    const said = await command.run({ ...config, store: database.store }, by);
    return print(command.json ? JSON.stringify(said.json) : said.text);
  } finally {
    await database.close();
  }
}

function readKeys(args: string[]): Command | null {
  const typed = readKeysArguments(args);
  if (typed === null) return null;
  const command = keysCommand(typed, clock);
  return {
    json: typed.json,
    mayMake: typed.verb === 'create',
    run({ store }, by) {
      const keys = createKeys({ store, clock, audit: createAuditLog({ store, clock }) });
      return command(keys, by, (id) => countEndpoints(store, keyCallerId(id)));
    },
  };
}

function readHooks(args: string[]): Command | null {
  const typed = readHooksArguments(args);
  if (typed === null) return null;
  const command = hooksCommand(typed);
  return {
    json: typed.json,
    mayMake: typed.verb === 'create',
    run({ store, auth, server, encryptionKey, previousEncryptionKey }, by) {
      const sealer = createSealing(encryptionKey, previousEncryptionKey).sealer('hook');
      const rows = createHookStore({ store, clock, sealer, audit: createAuditLog({ store, clock }) });
      const publicUrl = () => auth.publicUrl ?? `http://localhost:${server.port}`;
      return command(createHooks({ rows, publicUrl }), by);
    },
  };
}

/**
 * Only a command that stores something new may write a first configuration and make a database. Notices of the configuration are not part of the output: they go to stderr.
 */
async function openConfigured(mayMake: boolean): Promise<{ database: Database; config: Config }> {
  const config = loadConfig({ announce: complain, mayWrite: mayMake });
  try {
    return { database: await openBeside(config.database, mayMake), config };
  } catch (error) {
    throw databaseRefusal(config.database.kind, error);
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

function explain(error: unknown, noun: string): number {
  if (error instanceof UsageError || (error instanceof AppError && error.code === 'bad_request')) {
    const known = noun === 'hooks' ? noun : 'keys';
    complain(`${error.message}\nnpm run ${known} -- help says more.`);
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
