// The last step of `npm ci`: the two native modules, then dist/, which an installation without the development packages
// brings along. The install scripts of dependencies are off where npm knows `allowScripts` (package.json); what needs
// compiling is compiled here, with Node's own headers when they came with Node, so that neither a download of headers nor
// an npm setting is needed.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { nodeProblem } from './node-version.js';

const problem = nodeProblem();
if (problem) fail(problem);

const require = createRequire(import.meta.url);
const NATIVE = {
  'better-sqlite3': (Database) => new Database(':memory:').close(),
  sqlite3: () => {},
};

const missing = Object.keys(NATIVE).filter((name) => {
  try {
    NATIVE[name](require(name));
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0) {
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  try {
    execFileSync(command, [...first, 'rebuild', ...missing, '--dangerously-allow-all-scripts'], {
      stdio: 'inherit',
      env: { ...process.env, npm_config_jobs: 'max', ...headersOfNode() },
    });
  } catch {
    fail(`${missing.join(' and ')} could not be built${tools()}`);
  }
}
if (canBuild()) await import('./build.js');
else process.stdout.write(`${expectation()}\n`);

function canBuild() {
  try {
    require.resolve('esbuild');
    return true;
  } catch {
    return false;
  }
}

function expectation() {
  const where = 'dist/ is not built here, because the development packages are not installed';
  return existsSync('dist/src/main.js')
    ? `${where}: the one that is here stays.`
    : `${where}: copy it from where npm ci has built it.`;
}

/** Node's installers put the headers beside the program; node-gyp would download them all the same. */
function headersOfNode() {
  const nodedir = dirname(dirname(process.execPath));
  const header = join(nodedir, 'include', 'node', 'node_version.h');
  if (process.env.npm_config_nodedir || !existsSync(header)) return {};
  const text = readFileSync(header, 'utf8');
  const version = ['MAJOR', 'MINOR', 'PATCH'].map((part) => text.match(`NODE_${part}_VERSION (\\d+)`)?.[1]);
  return version.join('.') === process.versions.node ? { npm_config_nodedir: nodedir } : {};
}

function tools() {
  const absent = ['g++', 'make', 'python3'].filter((name) => spawnSync(name, ['--version']).error);
  if (absent.length === 0) return ': the lines above say why.';
  return `: ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing. Install g++, make and python3, then run npm ci again.`;
}

/** One sentence, last: what the compiler and npm have to say is long enough. */
function fail(sentence) {
  process.stderr.write(`\n${sentence}\n\n`);
  process.exit(1);
}
