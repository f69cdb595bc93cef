import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Keys } from '../../src/callers/keys.js';
import { keysCommand } from '../../src/cli/keys.js';
import { readKeysArguments } from '../../src/cli/keys-arguments.js';
import type { Said } from '../../src/cli/said.js';
import type { Clock } from '../../src/clock.js';
import { BY } from '../callers/world.js';
import { newFolder } from '../support/databases.js';
import type { Environment } from '../support/product.js';

const PROJECT = join(import.meta.dirname, '../..');

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** What `npm run` runs, as the outside sees it. */
export function runCommand(env: Environment, ...args: string[]): Promise<Ran> {
  return runCommandOf(PROJECT, env, ...args);
}

/** The same in a copy of the project. */
export function runCommandOf(folder: string, env: Environment, ...args: string[]): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  const options = { cwd: newFolder(), env: { PATH, HOME, ...env } };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(folder, 'start.js'), 'cli', ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

/** `npm run keys -- …` on keys that are there, in this process. Resolves with what people read, and programs. */
export async function runKeys(
  { keys, clock }: { keys: Keys; clock: Clock },
  ...args: string[]
): Promise<Said> {
  const read = readKeysArguments(args);
  if (read === null) throw new Error('This is the help.');
  return await keysCommand(read, clock)(keys, BY, async () => 2);
}
