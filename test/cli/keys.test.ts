import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import { newCheckout } from '../support/checkout.js';
import { DATABASES, isUntouched, newDatabase } from '../support/databases.js';
import { type Environment, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';
import { runCommand, runCommandOf } from './command.js';

const NOWHERE = { url: 'ws://127.0.0.1:1' } as Parameters<typeof newEnvironment>[0];
const SARA = '+201001234567';
const KEY = /wotp_[0-9A-Za-z]{8}_[0-9A-Za-z]{36}/;

interface Made {
  id: string;
  key: string;
  scopes: string[];
}

describe.each(DATABASES)('npm run keys, on %s', (kind) => {
  async function newSettings() {
    const settings = await newDatabase(kind);
    const env = newEnvironment(
      NOWHERE,
      settings.kind === 'sqlite' ? { DB_FILENAME: settings.filename } : { DATABASE_URL: settings.url },
    );
    return { settings, env };
  }

  async function create(env: Environment, ...args: string[]): Promise<Made> {
    const { code, stdout, stderr } = await runCommand(env, 'keys', 'create', ...args, '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    return JSON.parse(stdout) as Made;
  }

  it('makes a key before the first start, which the server then takes', async () => {
    const { settings, env } = await newSettings();
    const made = await create(env, 'Web shop', '--scopes', 'otp:read,otp:send');
    expect(made).toEqual({
      id: made.key.split('_')[1],
      key: expect.stringMatching(KEY),
      scopes: ['otp:send', 'otp:read'],
    });
    expect(settings.kind === 'sqlite' ? statSync(settings.filename).mode & 0o077 : 0).toBe(0);
    const database = await openDatabase(settings);
    const row = await database.store.selectFrom('api_keys').selectAll().executeTakeFirstOrThrow();
    await database.close();
    expect(row).toMatchObject({ id: made.id, name: 'Web shop', created_by: 'cli', revoked_at: null });
    expect(JSON.stringify(row)).not.toContain(made.key.slice(14));
  });

  it('gives a key test numbers and return addresses', async () => {
    const { env } = await newSettings();
    const { id } = await create(env, 'app', '--scopes', 'verify');
    const keys = async (...args: string[]) => await runCommand(env, 'keys', ...args);
    const put = await keys('test-number', id, '+12025550100', '123456', '2099-01-31', '--json');
    expect(JSON.parse(put.stdout)).toEqual({
      id,
      to: '+12025550100',
      until: '2099-01-31T00:00:00.000Z',
      inProduction: false,
    });
    const allowed = await keys('test-number', id, '+12025550100', '1234', '30d', '--in-production', 'yes');
    expect([allowed.code, allowed.stdout]).toEqual([0, expect.stringContaining('also in production')]);
    const removed = await keys('test-number', id, '+12025550100', '--remove');
    expect([removed.code, removed.stdout]).toEqual([0, expect.stringContaining('no test number')]);
    const urls = await keys('return-urls', id, 'https://app.example.com/done', '--json');
    expect(JSON.parse(urls.stdout)).toEqual({ id, returnUrls: ['https://app.example.com/done'] });
    for (const wrong of [['+12025550100'], ['+12025550100', '12', '30d'], ['nobody', '1234', '30d']]) {
      expect((await keys('test-number', id, ...wrong)).code).toBe(2);
    }
  });

  it('works beside the running server: a new key is taken, a revoked one refused within a second', async () => {
    const whatsapp = await startWhatsApp();
    const { env } = await newSettings();
    const product = await startProduct({ ...env, WHATSAPP_WEB_SOCKET_URL: whatsapp.url });
    await product.pair(whatsapp);
    const { id, key } = await create(env, 'shop', '--scopes', 'otp:send,otp:read');
    const sent = await product.send(SARA, { 'x-api-key': key });
    expect(sent.status).toBe(202);
    const status = async (shown: string) => {
      const response = await fetch(`${product.url}/api/v1/otp/${sent.body.jobId}`, {
        headers: { authorization: `Bearer ${shown}` },
      });
      return response.status;
    };
    expect(await status(key)).toBe(200);

    const rotated = await runCommand(env, 'keys', 'rotate', id, '--json');
    const { key: second } = JSON.parse(rotated.stdout) as Made;
    expect([await status(key), await status(second)]).toEqual([200, 200]);

    const revoked = await runCommand(env, 'keys', 'revoke', id);
    expect(revoked.stdout).toBe(`The API key "shop" (${id}) is revoked: it is refused within a second.\n`);
    await until('the key is refused', async () => (await status(second)) === 401);
    expect(await status(key)).toBe(401);

    const { cookie } = await product.logIn();
    const audit = await (await fetch(`${product.url}/admin/audit`, { headers: { cookie } })).text();
    expect(audit).toContain('cli');
    for (const what of ['created', 'rotated', 'revoked']) expect(audit).toContain(`<b>${what}</b>`);
    expect(audit).toContain(`API key ${id}`);
    expect(audit + product.output()).not.toContain(key.slice(14));
    expect(audit + product.output()).not.toContain(second.slice(14));
  });

  it.each([['list'], ['rotate', 'Nothing1'], ['revoke', 'Nothing1']])(
    'makes no database for: %s',
    async (...args) => {
      const { settings, env } = await newSettings();
      expect(await runCommand(env, 'keys', ...args)).toEqual({
        code: 3,
        stdout: '',
        stderr: 'There is no database yet; start the server or create a key first.\n',
      });
      expect(await isUntouched(settings)).toBe(true);
    },
  );

  it('lists keys for people and for programs, without anything of their secrets', async () => {
    const { settings, env } = await newSettings();
    await (await openDatabase(settings)).close();
    const none = await runCommand(env, 'keys', 'list');
    expect(none.stdout).toContain('There is no API key yet.');
    const made = await create(
      env,
      'Web shop',
      '--scopes',
      'otp:send',
      '--per-minute',
      '60',
      '--codes-per-minute',
      '5',
      '--codes-per-hour',
      '100',
      '--allowed-ips',
      '::1',
    );
    const text = (await runCommand(env, 'keys', 'list')).stdout;
    expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NAME', 'ID', 'STATE', 'SCOPES', 'LAST USE'],
      ['Web shop', made.id, 'active', 'otp:send', 'never'],
      [''],
    ]);
    const json = (await runCommand(env, 'keys', 'list', '--json')).stdout;
    expect(JSON.parse(json)).toMatchObject([
      {
        id: made.id,
        name: 'Web shop',
        state: 'active',
        perMinute: 60,
        codesPerMinute: 5,
        codesPerHour: 100,
        allowedIps: ['::1'],
        createdBy: 'cli',
      },
    ]);
    expect(text + json).not.toMatch(KEY);
    expect(text + json).not.toMatch(/[0-9a-f]{64}/);
  });

  it('leaves a database of another version alone, and says what to do', async () => {
    const { settings, env } = await newSettings();
    const database = await openDatabase(settings);
    const change = async (statement: string) => void (await sql.raw(statement).execute(database.store));
    await change(`DELETE FROM schema_migrations WHERE name = '0011_api_keys.sql'`);
    const older = await runCommand(env, 'keys', 'list');
    expect([older.code, older.stdout]).toEqual([3, '']);
    expect(older.stderr).toBe(
      'The database is of an earlier version; start the server of this version once, which brings it up to date.\n',
    );
    await change(`INSERT INTO schema_migrations (name, applied_at) VALUES ('9999_later.sql', 0)`);
    const newer = await runCommand(env, 'keys', 'list');
    expect(newer.code).toBe(3);
    expect(newer.stderr).toContain('must not be a database that a newer version of this program has written');
    const { rows } = await sql<{ name: string }>`SELECT name FROM schema_migrations`.execute(database.store);
    expect(rows.map(({ name }) => name)).not.toContain('0011_api_keys.sql');
    await database.close();
  });

  it('says so when there is no such key', async () => {
    const { settings, env } = await newSettings();
    await (await openDatabase(settings)).close();
    for (const verb of ['rotate', 'revoke']) {
      const { code, stdout, stderr } = await runCommand(env, 'keys', verb, 'Nothing1');
      expect([code, stdout, stderr]).toEqual([1, '', 'There is no API key with this id.\n']);
    }
  });
});

it('before the first start, only making a key writes a configuration and a database', async () => {
  const { folder, envFile } = newCheckout();
  const files = () => ['', 'config', 'database'].flatMap((part) => readdirSync(join(folder, part)));
  const before = files();
  for (const args of [['list'], ['rotate', 'Nothing1'], ['revoke', 'Nothing1'], ['list', '--json']]) {
    expect([args, await runCommandOf(folder, {}, 'keys', ...args)]).toEqual([
      args,
      {
        code: 3,
        stdout: '',
        stderr: 'There is no configuration yet; start the server or create a key first.\n',
      },
    ]);
  }
  expect(files()).toEqual(before);

  const made = await runCommandOf(folder, {}, 'keys', 'create', 'shop', '--scopes', 'otp:send', '--json');
  expect([made.code, JSON.parse(made.stdout)]).toEqual([
    0,
    expect.objectContaining({ scopes: ['otp:send'] }),
  ]);
  expect(made.stderr).toContain(`new random secrets were written to ${envFile}`);
  const list = await runCommandOf(folder, {}, 'keys', 'list', '--json');
  expect([list.code, JSON.parse(list.stdout)]).toEqual([0, [expect.objectContaining({ name: 'shop' })]]);
});

describe('what was typed wrong', () => {
  it.each([
    [
      ['keys', 'frob'],
      'There is no "frob": it is create, list, rotate, revoke, test-number, return-urls, sms or text.',
    ],
    [['keys', 'create'], '"create" needs a name.'],
    [['keys', 'create', 'Web', 'shop'], 'put quotes around several words.'],
    [['keys', 'create', 'shop'], 'A key needs at least one scope of otp:send, otp:read,'],
    [['keys', 'create', 'shop', '--scopes', 'otp:send,root'], 'There is no scope "root".'],
    [['keys', 'create', 'shop', '--scopes'], "Option '--scopes <value>' argument missing."],
    [['keys', 'create', 'shop', '--scopes', 'verify', '--per-day', '-5'], 'argument is ambiguous.'],
    [['keys', 'create', 'shop', '--scope', 'verify'], "Unknown option '--scope'."],
    [['keys', 'rotate', 'Nothing1', '--overlap', 'soon'], '"soon" is no time up to 30d'],
    [['keys', 'list', 'all'], '"list" takes no "all".'],
    [['frob'], 'The commands are: keys, hooks.'],
  ])('%j is told in a sentence, ends with 2 and opens nothing', async (args, sentence) => {
    const env = newEnvironment(NOWHERE);
    const { code, stdout, stderr } = await runCommand(env, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    expect(stderr).toMatch(/\nnpm run keys -- help says more\.\n$/);
    expect(existsSync(dirname(env.DB_FILENAME ?? ''))).toBe(false);
  });

  it.each([[['keys']], [['keys', 'help']], [['keys', 'create', '--help']]])('%j is help', async (args) => {
    const { code, stdout } = await runCommand(newEnvironment(NOWHERE), ...args);
    expect(code).toBe(0);
    expect(stdout).toContain('npm run keys -- create <name> --scopes');
  });
});

it('a database that cannot be had is told in a sentence', async () => {
  const env = newEnvironment(NOWHERE);
  const file = env.DB_FILENAME ?? '';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'not a database, but long enough to be looked at as one');
  const broken = await runCommand(env, 'keys', 'list');
  expect([broken.code, broken.stdout]).toEqual([3, '']);
  expect(broken.stderr).toMatch(/^DB_FILENAME: must be a SQLite file.*\n$/);
  const away = await runCommand(
    { ...env, DATABASE_URL: 'postgres://otp:secret@127.0.0.1:1/otp' },
    'keys',
    'list',
  );
  expect(away.code).toBe(3);
  expect(away.stderr).toMatch(/^DATABASE_URL: must be a PostgreSQL database.*\n$/);
  expect(away.stderr).not.toContain('secret');
});

it('a setting that is wrong is told in a sentence', async () => {
  const { code, stderr } = await runCommand(newEnvironment(NOWHERE, { API_KEY: 'short' }), 'keys', 'list');
  expect([code, stderr]).toEqual([
    3,
    'Configuration: API_KEY must be at least 16 bytes long in production.\n',
  ]);
});
