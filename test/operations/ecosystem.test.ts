import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AFTER_SOAK_MIB } from '../../bench/memory-bars.js';
import { newFolder } from '../support/databases.js';
import { ROOT } from '../support/sources.js';

/** The bound of the shutdown when nothing is stuck. */
const SHUTDOWN_MS = 10_000;
/** Four passwords are checked at a time, each with 19 MiB. */
const PASSWORDS_MIB = 4 * 19;
/** Bursts of requests, the dashboard on a large database, garbage that V8 has not collected yet. */
const HEAD_ROOM = 1.25;

interface Pm2App {
  name: string;
  script: string;
  cwd: string;
  exec_mode: string;
  instances: number;
  kill_timeout: number;
  node_args: string;
  env: Record<string, string>;
  max_memory_restart: string;
}

async function readApps(): Promise<Pm2App[]> {
  const file = new URL('../../ecosystem.config.js', import.meta.url).href;
  return ((await import(file)) as { apps: Pm2App[] }).apps;
}

function readScripts(): Record<string, string> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return scripts;
}

it('PM2 finds one process that runs what npm start runs, with time to shut down', async () => {
  const apps = await readApps();
  expect(apps).toHaveLength(1);
  const [app] = apps;
  expect(app).toMatchObject({ name: 'otp-app', exec_mode: 'fork', instances: 1 });
  expect(app?.kill_timeout).toBeGreaterThan(SHUTDOWN_MS);
  expect(existsSync(join(app?.cwd ?? '', app?.script ?? ''))).toBe(true);
});

it('PM2 restarts no process for memory that it may need', async () => {
  const [app] = await readApps();
  const [, mebibytes] = /^(\d+)M$/.exec(app?.max_memory_restart ?? '') ?? [];
  expect(Number(mebibytes)).toBeGreaterThanOrEqual((AFTER_SOAK_MIB + PASSWORDS_MIB) * HEAD_ROOM);
});

it('PM2 starts the process as `npm start` does', async () => {
  const [app] = await readApps();
  const scripts = readScripts();
  const settings = Object.entries(app?.env ?? {}).map(([name, value]) => `${name}=${value}`);
  expect(scripts.start).toBe([...settings, 'exec node', app?.node_args, app?.script].join(' '));
});

it('PM2 opens the process to no other machine', async () => {
  const [app] = await readApps();
  const names = Object.entries(app ?? {}).flatMap(([key, value]) =>
    /^env/.test(key) ? Object.keys(value as object) : [],
  );
  expect(names).toContain('NODE_ENV');
  expect(names).not.toContain('HOST');
});

/** All threads of the pool begin with its first use; the modules that Node reads at the start may be that. */
const COUNT_THREADS = `
import { pbkdf2 } from 'node:crypto';
import { readdirSync } from 'node:fs';
pbkdf2('x', 'x', 1, 1, 'sha256', () => console.log(readdirSync('/proc/self/task').length));
`;

it.skipIf(process.platform !== 'linux').each(['start', 'sandbox'])(
  'npm run %s has eight threads for what would hold up the others',
  (name) => {
    const program = join(newFolder(), 'count.mjs');
    writeFileSync(program, COUNT_THREADS);
    const command = readScripts()[name]?.replace(/start\.js.*$/, program) ?? '';
    expect(command).toContain(program);
    const { UV_THREADPOOL_SIZE: _, ...env } = process.env;
    const count = (text: string) => Number(execFileSync('/bin/sh', ['-c', text], { env, encoding: 'utf8' }));
    const ofOne = count(`UV_THREADPOOL_SIZE=1 exec node --max-semi-space-size=4 ${program}`);
    expect(count(command) - ofOne).toBe(7);
  },
);
