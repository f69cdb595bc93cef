import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { newFolder } from '../support/databases.js';
import { goodSecrets, refusalOf } from './settings.js';

function freshRoot() {
  const root = newFolder();
  mkdirSync(join(root, 'config'));
  return { root, file: join(root, 'config', '.env') };
}

describe('the first start', () => {
  it('writes config/.env with random secrets for production, for the owner alone, and says where', () => {
    const { root, file } = freshRoot();
    const said: string[] = [];
    const config = loadConfig({ environment: {}, root, announce: (text) => said.push(text) });

    const written = parse(readFileSync(file));
    expect(config).toMatchObject({
      env: 'production',
      apiKey: written.API_KEY,
      auth: { jwtSecret: written.JWT_SECRET },
      encryptionKey: written.ENCRYPTION_KEY,
      admin: { password: written.ADMIN_PASSWORD, sessionSecret: written.SESSION_SECRET },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(root, 'config'))).toEqual(['.env']);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(file);
    for (const name of Object.keys(goodSecrets)) expect(said[0]).not.toContain(written[name]);
  });

  it('makes other secrets each time, and keeps them from then on', () => {
    const [one, other] = [freshRoot(), freshRoot()];
    const start = (root: string) => loadConfig({ environment: {}, root, announce: () => {} });
    const first = start(one.root);
    expect(start(other.root).encryptionKey).not.toBe(first.encryptionKey);
    const again = loadConfig({ environment: {}, root: one.root, announce: () => expect.unreachable() });
    expect(again).toEqual(first);
  });

  it('lets the environment win over what it wrote', () => {
    const { root } = freshRoot();
    const environment = { NODE_ENV: 'development', API_KEY: 'from-the-environment' };
    const config = loadConfig({ environment, root, announce: () => {} });
    expect(config).toMatchObject({ env: 'development', apiKey: 'from-the-environment' });
  });

  it('writes nothing when the environment has every secret, by value or by file', () => {
    const { root, file } = freshRoot();
    writeFileSync(join(root, 'jwt'), goodSecrets.JWT_SECRET);
    const { JWT_SECRET: _, ...others } = goodSecrets;
    loadConfig({ environment: { ...others, JWT_SECRET_FILE: 'jwt' }, root });
    expect(existsSync(file)).toBe(false);
  });

  it('leaves a file alone that lacks a secret, and says which', () => {
    const { root, file } = freshRoot();
    writeFileSync(file, 'API_KEY=\n');
    expect(refusalOf(() => loadConfig({ environment: {}, root }))).toContain('API_KEY');
    expect(readFileSync(file, 'utf8')).toBe('API_KEY=\n');
  });

  it('makes one file when several start at once, and all of them read it', async () => {
    const { root } = freshRoot();
    const script = fileURLToPath(new URL('./start.ts', import.meta.url));
    const starts = [1, 2, 3].map(() =>
      fork(script, [root], { execArgv: ['--import', 'tsx'], timeout: 120_000 }),
    );
    await Promise.all(starts.map((start) => once(start, 'message')));
    const reports = starts.map(async (start) => (await once(start, 'message'))[0]);
    for (const start of starts) start.send('go');

    const results = await Promise.all(reports);
    expect(results.map((result) => result.announced).sort()).toEqual([0, 0, 1]);
    expect(new Set(results.map((result) => String(result.secrets))).size).toBe(1);
    expect(readdirSync(join(root, 'config'))).toEqual(['.env']);
  }, 30_000);
});
