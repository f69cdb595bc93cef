import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { newCheckout } from '../support/checkout.js';
import { run } from '../support/child.js';
import { newFolder } from '../support/databases.js';
import { launch, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

it.each([
  ['NODE_ENV', 'staging'],
  ['WORKER_MIN_SEND_DELAY_MS', '-17'],
  ['ENCRYPTION_KEY', 'not-64-hex-digits'],
  ['API_KEY', 'YOUR_VERY_SECRET_OTP_API_KEY'],
  ['SESSION_SECRET', 'short-secret'],
  ['WHATSAPP_WEB_SOCKET_URL', 'ws://example.test/ws/chat'],
])('npm start with a bad %s ends at once with one line, and opens nothing', async (variable, value) => {
  const whatsapp = await startWhatsApp();
  const { folder, envFile } = newCheckout();
  const env = {
    ...newEnvironment(whatsapp, { PORT: '1', [variable]: value }),
    npm_config_update_notifier: 'false',
  };

  const start = run('npm', ['start', '--silent'], { cwd: folder, env });
  expect((await start.exited).code).not.toBe(0);
  const lines = start
    .output()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('npm warn'));
  expect(lines).toEqual([expect.stringContaining(variable)]);
  expect(lines[0]).not.toContain(value);
  expect(whatsapp.connectionAttempts()).toHaveLength(0);
  expect(readdirSync(folder)).not.toContain('logs');
  expect(() => statSync(envFile)).toThrow('ENOENT');
});

it('a careless start for everybody to reach ends at once with one line, and opens nothing', async () => {
  const whatsapp = await startWhatsApp();
  const careless = { HOST: '0.0.0.0', ADMIN_PASSWORD: 'admin', API_KEY: 'x', JWT_SECRET: 'x' };
  const start = launch(newEnvironment(whatsapp, careless));
  expect((await start.exited).code).toBe(1);
  const lines = start.output().trim().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/API_KEY must be at least .*ADMIN_PASSWORD must .*JWT_SECRET must /),
  ]);
  expect(lines[0]).not.toMatch(/\b(?:admin|x)\b/);
  expect(whatsapp.connectionAttempts()).toHaveLength(0);
});

it('the first start makes the secrets, says once where they are, and the next start uses them', async () => {
  const whatsapp = await startWhatsApp();
  const { main, envFile, written, folder } = newCheckout();
  const environment = { PORT: '0', HOST: '127.0.0.1', WHATSAPP_WEB_SOCKET_URL: whatsapp.url };

  const first = await startProduct(environment, main);
  const made = written();
  expect(made.NODE_ENV).toBe('production');
  expect(statSync(envFile).mode & 0o777).toBe(0o600);
  expect(first.output().split(envFile)).toHaveLength(2);
  await first.kill('SIGTERM');
  for (const name of ['API_KEY', 'ADMIN_PASSWORD', 'SESSION_SECRET', 'JWT_SECRET', 'ENCRYPTION_KEY']) {
    expect(first.output()).not.toContain(made[name]);
  }
  expect(readdirSync(join(folder, 'database'))).toContain('app_data.db');

  const second = await startProduct(environment, main);
  expect(second.output()).not.toContain(envFile);
  expect(written()).toEqual(made);
  const secrets = { API_KEY: made.API_KEY ?? '', ADMIN_PASSWORD: made.ADMIN_PASSWORD ?? '' };
  Object.assign(second.env, { ADMIN_USERNAME: 'admin', ...secrets });
  expect(await (await second.logIn()).status()).toMatchObject({ me: null });
});

it('two first starts at once make one file, and one of them serves', async () => {
  const whatsapp = await startWhatsApp();
  const { main, envFile } = newCheckout();
  const environment = { PORT: '0', HOST: '127.0.0.1', WHATSAPP_WEB_SOCKET_URL: whatsapp.url };
  const starts = [launch(environment, main), launch(environment, main)];
  await until('one listens', () => starts.find((start) => start.output().includes('"listening"')));
  await until('the other has given up', () => starts.some((start) => !start.isRunning()));

  const announced = starts.filter((start) => start.output().includes(envFile));
  expect(announced).toHaveLength(1);
  expect(readdirSync(join(envFile, '..')).sort()).toEqual(['.env', '.env.example']);
});

it('without HOST, production listens to this machine alone and says so in one line', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp, { HOST: '' }));
  expect(product.output()).toContain('"host":"127.0.0.1"');
  const lines = product.output().split('\n');
  expect(lines.filter((line) => line.includes('HOST'))).toEqual([
    expect.stringContaining('HOST is not set: listening on 127.0.0.1 only.'),
  ]);
});

describe('a start is refused with one line that names the variable, not its value:', () => {
  const UNREACHABLE = 'DATABASE_URL: must be a PostgreSQL database that can be reached';
  const NO_FILE = 'DB_FILENAME: must be a SQLite file';

  it.each<[string, string, () => Record<string, string> | Promise<Record<string, string>>]>([
    ['a folder as database file', NO_FILE, () => ({ DB_FILENAME: newFolder() })],
    ['a file as folder of the database', NO_FILE, () => ({ DB_FILENAME: join(newFile(), 'x.db') })],
    ['a folder that nobody can make', NO_FILE, () => ({ DB_FILENAME: '/proc/nope/x.db' })],
    ['a file that is no database', NO_FILE, () => ({ DB_FILENAME: newFile() })],
    [
      'nobody at the port of PostgreSQL',
      UNREACHABLE,
      () => ({ DATABASE_URL: 'postgres://u:pw77@127.0.0.1:1/d' }),
    ],
    ['no such host', UNREACHABLE, () => ({ DATABASE_URL: 'postgres://u:pw77@nohost.invalid/d' })],
    [
      'a server that says nothing',
      UNREACHABLE,
      async () => {
        return { DATABASE_URL: `postgres://u:pw77@127.0.0.1:${await takenPort()}/d` };
      },
    ],
    ['no such database', UNREACHABLE, () => ({ DATABASE_URL: `${inject('postgresUrl')}/no_such_database` })],
    [
      'an address of another machine',
      'HOST: must be an address of this machine',
      () => ({ HOST: '192.0.2.1' }),
    ],
    ['a port that is taken', 'PORT: must be a port that is free', async () => ({ PORT: await takenPort() })],
  ])('%s', async (_what, sentence, settings) => {
    const whatsapp = await startWhatsApp();
    const overrides = await settings();
    const start = launch(newEnvironment(whatsapp, overrides));
    const { code } = await start.exited;
    expect(start.output().trim().split('\n')).toEqual([expect.stringContaining(sentence)]);
    expect(code).toBe(1);
    for (const value of Object.values(overrides)) expect(start.output()).not.toContain(value);
    expect(whatsapp.connectionAttempts()).toHaveLength(0);
  });

  function newFile(): string {
    const path = join(newFolder(), 'a-file');
    writeFileSync(path, 'this is not a database, whatever it is called\n'.repeat(50));
    return path;
  }

  /** Of a server that accepts connections and never answers. */
  async function takenPort(): Promise<string> {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    return String((other.address() as AddressInfo).port);
  }
});

it('a folder for log files that nobody can make costs a warning', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp, { LOG_DIR: '/proc/nope/logs' }));
  await until('the warning', () => product.output().includes('log files cannot be written'));
  expect((await product.get('/healthz')).status).toBe(200);
});
