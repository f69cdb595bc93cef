import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nativeModuleProblem } from '../../database/native-module.js';
import { type Checkout, newCheckout, ownPackage } from '../support/checkout.js';
import { run } from '../support/child.js';

/** The one line that a start of this checkout ends with. */
async function refusal({ folder }: Checkout, script: string): Promise<string> {
  const env = { PORT: '0', HOST: '127.0.0.1', NODE_ENV: 'test', npm_config_update_notifier: 'false' };
  const start = run('npm', ['run', '--silent', script], { cwd: folder, env });
  const { code } = await start.exited;
  expect(code).not.toBe(0);
  const lines = start.output().split('\n');
  return lines.filter((line) => line !== '' && !/^( {2}|npm warn)/.test(line)).join('\n');
}

describe.each(['start', 'sandbox'])('npm run %s says in one sentence what to run', (script) => {
  it('without dist/', async () => {
    const checkout = newCheckout();
    renameSync(join(checkout.folder, 'dist'), join(checkout.folder, 'elsewhere'));
    expect(await refusal(checkout, script)).toBe('dist/ is missing or incomplete: run npm run build.');
  });

  it('without packages', async () => {
    const checkout = newCheckout();
    unlinkSync(join(checkout.folder, 'node_modules'));
    expect(await refusal(checkout, script)).toBe('The packages are not installed: run npm ci.');
  });

  it('without one package', async () => {
    const checkout = newCheckout();
    rmSync(ownPackage(checkout, 'dotenv', ['package.json']), { recursive: true });
    expect(await refusal(checkout, script)).toBe('The package dotenv is not installed: run npm ci.');
  });

  it.each([
    ['better-sqlite3', ['package.json', 'lib']],
    ['sqlite3', ['package.json', 'lib']],
    ['@node-rs/argon2', ['package.json', 'index.js']],
  ])('when %s was never built', async (name, parts) => {
    const checkout = newCheckout();
    ownPackage(checkout, name, parts);
    expect(await refusal(checkout, script)).toBe(`${name} was not built for this machine: run npm ci.`);
  });

  it('when a compiled part is that of another machine', async () => {
    const checkout = newCheckout();
    const build = join(ownPackage(checkout, 'better-sqlite3', ['package.json', 'lib']), 'build', 'Release');
    mkdirSync(build, { recursive: true });
    writeFileSync(join(build, 'better_sqlite3.node'), 'no program of this machine '.repeat(100));
    expect(await refusal(checkout, script)).toMatch(
      /^better-sqlite3 cannot be loaded on this machine \([^():/]+\): run npm ci\.$/,
    );
  });
});

it.each([
  ['dev', 'tsx'],
  ['sandbox', 'smtp-server'],
])('npm run %s says that it needs the packages of development', async (script, needed) => {
  const checkout = newCheckout();
  rmSync(ownPackage(checkout, needed, []), { recursive: true });
  expect(await refusal(checkout, script)).toBe('The development packages are not installed: run npm ci.');
});

it('a module of another Node names both', () => {
  const error = new Error(`The module '/srv/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION 115. This version of Node.js requires
NODE_MODULE_VERSION 137. Please try re-compiling or re-installing
the module (for instance, using \`npm rebuild\` or \`npm install\`).`);
  expect(nativeModuleProblem(Object.assign(error, { code: 'ERR_DLOPEN_FAILED' }))).toBe(
    'better-sqlite3 was built for another Node (NODE_MODULE_VERSION 115, this is 137): run npm ci.',
  );
  expect(nativeModuleProblem(new Error('Cannot read properties of undefined'))).toBeNull();
});

it('a Node that is too old is told so, a newer one is not', async () => {
  const file = new URL('../../node-version.js', import.meta.url).href;
  const { nodeProblem } = (await import(file)) as { nodeProblem(version: string): string | null };
  expect(nodeProblem('18.20.8')).toBe(
    'Node 20 or newer is needed, this is 18.20.8: install it, then run npm ci.',
  );
  for (const version of ['20.0.0', '24.1.0', process.versions.node]) expect(nodeProblem(version)).toBeNull();
});
