import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newFolder } from '../support/databases.js';
import { ROOT } from '../support/sources.js';

const run = promisify(execFile);
export const PACKAGE = join(ROOT, 'packages/client');

/** The client as npm hands it out, in a folder that was empty. */
export interface Installed {
  folder: string;
  /** What is in the tarball. */
  files: string[];
}

export async function packAndInstall(): Promise<Installed> {
  const folder = newFolder();
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: PACKAGE });
  const json = packed.stdout.slice(packed.stdout.indexOf('[\n'));
  const [{ filename, files }] = JSON.parse(json) as [{ filename: string; files: { path: string }[] }];
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], { cwd: folder });
  return { folder, files: files.map(({ path }) => path).sort() };
}

/** A package of this checkout, for what is run beside the client. */
export function link(folder: string, name: string): void {
  const target = join(folder, 'node_modules', name);
  mkdirSync(join(target, '..'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', name), target);
}

/** The blocks of code of a page, in their order. */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]+?)^\`\`\``, 'gm'))].map(
    ([, code = '']) => code,
  );
}

/** Starts a program that is typed to. @param env nothing else reaches it but what it takes to find programs. */
export function converse(command: string[], cwd: string, env: Record<string, string>) {
  const [program = '', ...args] = command;
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(program, args, { cwd, env: { PATH, HOME, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  return {
    output: () => output,
    type: (line: string) => void child.stdin.write(`${line}\n`),
    /** The exit code. */
    ended,
    stop: () => {
      child.kill();
      return ended;
    },
  };
}
