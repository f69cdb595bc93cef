import { execFile } from 'node:child_process';
import { join } from 'node:path';
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
