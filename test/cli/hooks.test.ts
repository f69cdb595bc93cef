import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newFolder } from '../support/databases.js';
import { newEnvironment, startProduct } from '../support/product.js';
import { runCommand } from './command.js';

const NOWHERE = { url: 'ws://127.0.0.1:1' } as Parameters<typeof newEnvironment>[0];

it('hooks are made, listed and rotated, and the running server takes them', async () => {
  const env = newEnvironment(NOWHERE, { PUBLIC_URL: 'https://otp.example.com' });
  const product = await startProduct(env);
  const hooks = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(env, 'hooks', ...args, '--json');
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  };
  const made = await hooks('create', 'generic', '--to', '/user/phone', '--code', '/otp', '--name', 'Shop');
  expect(made).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    url: `https://otp.example.com/hooks/${made.id}`,
    secret: expect.stringMatching(/^\S{32,}$/),
    authorization: `Bearer ${made.secret}`,
  });
  const call = (authorization: string) =>
    fetch(`${product.url}/hooks/${made.id}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ user: { phone: '+201001234567' }, otp: '123456' }),
    });
  // It is known; but no number is paired.
  expect((await call(made.authorization)).status).toBe(503);
  expect((await call('Bearer another')).status).toBe(401);
  const file = join(newFolder(), 'secret');
  writeFileSync(file, 'of-our-own-making\n');
  const rotated = await hooks('rotate', made.id, '--secret-file', file);
  expect(rotated).toMatchObject({
    id: made.id,
    secret: 'of-our-own-making',
    formerUntil: expect.any(String),
  });
  expect((await call('Bearer of-our-own-making')).status).toBe(503);
  const list = await hooks('list');
  expect(list).toMatchObject([
    { id: made.id, preset: 'generic', name: 'Shop', state: 'active', ttlSeconds: 300, url: made.url },
  ]);
  expect(JSON.stringify(list)).not.toContain(made.secret);
  expect(await hooks('disable', made.id)).toEqual({ id: made.id, state: 'disabled' });
  expect((await call(made.authorization)).status).toBe(404);
  expect(product.output()).not.toMatch(/201001234567|123456/);
  await product.kill('SIGKILL');

  const text = await runCommand(env, 'hooks', 'create', 'supabase');
  expect(text.stdout).toContain('v1,whsec_');
  const theirs = await runCommand(env, 'hooks', 'create', 'authgear');
  expect(theirs.stdout).toContain('everything is refused until it is handed over');
  expect(theirs.stdout).not.toContain('Secret:');
  for (const [given, secret] of [
    [[], expect.stringMatching(/^\S{32,}$/)],
    [['--secret-file', file], 'of-our-own-making'],
  ] as const) {
    const { stdout } = await runCommand(env, 'hooks', 'create', 'zitadel', '--json', ...given);
    expect(JSON.parse(stdout)).toMatchObject({ url: expect.any(String), secret });
  }
  for (const [code, ...wrong] of [
    [1, 'remove', 'nobody'],
    [2, 'create', 'nobody'],
    [2, 'create', 'supabase', '--to', '/phone'],
    [2, 'create', 'generic', '--ttl', '10'],
    [2, 'create', 'generic', '--route', 'pigeon'],
    [2, 'create', 'generic', '--template', 'without'],
    [2, 'create', 'generic', '--secret-file', join(newFolder(), 'none')],
  ] as const) {
    expect([wrong, (await runCommand(env, 'hooks', ...wrong)).code]).toEqual([wrong, code]);
  }
});
