import { unlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import express, { type Request } from 'express';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../src/clock.js';
import { AppError } from '../../src/errors.js';
import type { SessionStoreSettings } from '../../src/http/operator-sessions/session-store.js';
import { createLogins, type Sessions } from '../../src/http/operator-sessions/sessions.js';
import { createHttpServer } from '../../src/http/server.js';
import { silentLog } from '../../src/log.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, newFolder } from '../support/databases.js';
import { newSessionStore } from './session-stores.js';

const CREDENTIALS = { username: 'operator', password: 'of the operator' };
const SECRET = 'a session secret for the tests, long enough';
const HOUR_MS = 3_600_000;
const IDLE_MS = 30 * 60_000;
/** PostgreSQL's store counts in whole seconds. */
const IDLE_AT_THE_LATEST_MS = IDLE_MS + 1_000;

interface Server {
  sessions: Sessions;
  /** A request to /admin/slow is waiting for its answer. */
  isSlow(): boolean;
  finishSlow(): void;
  /** The request to /admin/long that is still open. */
  long(): Request;
  call(
    method: string,
    path: string,
    cookie?: string,
  ): Promise<{ status: number; cookie: string; body: Body }>;
  openStream(cookie: string): Promise<Response>;
  close(): Promise<void>;
}
interface Body {
  loggedIn?: boolean;
  name?: string;
  code?: string;
}

/** An application that does nothing but log in and out. */
async function startServer(
  store: SessionStoreSettings,
  clock: Clock,
  credentials = CREDENTIALS,
): Promise<Server> {
  const sessions = createLogins({
    store,
    secret: SECRET,
    credentials,
    clock,
    log: silentLog,
  });
  let long: Request | null = null;
  let finish: (() => void) | null = null;
  const app = express();
  app.use('/admin', sessions.middleware);
  app.post('/admin/in', async (req, res) => {
    await sessions.logIn(req, 'operator', () => {});
    res.json({});
  });
  app.post('/admin/out', async (req, res) => {
    await sessions.logOut(req);
    res.json({});
  });
  app.get('/admin/who', (req, res) => {
    res.json({ loggedIn: sessions.isLoggedIn(req), name: sessions.userName(req) });
  });
  app.get('/admin/slow', (_req, res) => {
    finish = () => void res.json({});
  });
  app.get('/admin/long', (req, res) => {
    sessions.detach(req);
    long = req;
    res.write('open');
  });
  app.use(((error, _req, res, _next) => {
    if (!(error instanceof AppError)) return void res.status(500).json({});
    res.status(error.code === 'store_unavailable' ? 503 : 500).json({ code: error.code });
  }) satisfies express.ErrorRequestHandler);
  const server = createHttpServer(app);
  const url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}/admin`;
  return {
    sessions,
    isSlow: () => finish !== null,
    finishSlow: () => finish?.(),
    long() {
      if (!long) throw new Error('no long request');
      return long;
    },
    async call(method, path, cookie = '') {
      const response = await fetch(url + path, { method, headers: cookie ? { Cookie: cookie } : {} });
      const set = response.headers.get('set-cookie')?.split(';')[0] ?? '';
      return { status: response.status, cookie: set, body: (await response.json()) as Body };
    },
    openStream: (cookie) => fetch(`${url}/long`, { headers: { Cookie: cookie } }),
    async close() {
      await server.close(100);
      await sessions.close();
    },
  };
}

describe.each(DATABASES)('admin sessions in %s', (kind) => {
  let clock: TestClock;
  let settings: SessionStoreSettings;
  let server: Server;

  const call: Server['call'] = (...request) => server.call(...request);
  const logIn = async () => (await call('POST', '/in')).cookie;
  const isLoggedIn = async (cookie: string) => (await call('GET', '/who', cookie)).body.loggedIn;
  async function restart(credentials = CREDENTIALS): Promise<void> {
    await server.close();
    server = await startServer(settings, clock, credentials);
  }
  /** The libraries of the sessions have no clock but the system's. */
  const pass = (ms: number) => void vi.setSystemTime(Date.now() + ms);

  beforeEach(async () => {
    clock = createTestClock();
    settings = await newSessionStore(kind);
    server = await startServer(settings, clock);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await server.close();
  });

  it('know who logged in, and forget it at the logout', async () => {
    const cookie = await logIn();
    expect((await call('GET', '/who', cookie)).body).toEqual({ loggedIn: true, name: 'operator' });
    expect((await call('GET', '/who')).body).toEqual({ loggedIn: false, name: '' });
    await call('POST', '/out', cookie);
    expect((await call('GET', '/who', cookie)).body).toEqual({ loggedIn: false, name: '' });
  });

  it('get a new id at the login, and the old one is worth nothing', async () => {
    const first = await logIn();
    const second = (await call('POST', '/in', first)).cookie;
    expect(second).not.toBe(first);
    expect(await isLoggedIn(first)).toBe(false);
    expect(await isLoggedIn(second)).toBe(true);
  });

  it('end eight hours after the login', async () => {
    const cookie = await logIn();
    await clock.advance(8 * HOUR_MS - 1);
    expect(await isLoggedIn(cookie)).toBe(true);
    await clock.advance(1);
    expect(await isLoggedIn(cookie)).toBe(false);
  });

  it('outlive a restart', async () => {
    const cookie = await logIn();
    await restart();
    expect((await call('GET', '/who', cookie)).body).toEqual({ loggedIn: true, name: 'operator' });
  });

  it.each([
    ['password', { ...CREDENTIALS, password: 'a new one' }],
    ['user name', { ...CREDENTIALS, username: 'olga' }],
  ])('are over after a restart with another %s', async (_what, credentials) => {
    const cookie = await logIn();
    await restart(credentials);
    expect(await isLoggedIn(cookie)).toBe(false);
    await server.openStream(cookie);
    expect(await server.sessions.recognises(server.long())).toBe(false);
    await restart();
    expect(await isLoggedIn(cookie)).toBe(true);
  });

  it('are worth nothing under another secret', async () => {
    const cookie = await logIn();
    expect(await isLoggedIn(cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).toBe(false);
  });

  it('tell a long request when they ended by a logout elsewhere', async () => {
    const cookie = await logIn();
    await server.openStream(cookie);
    expect(await server.sessions.stillValid(server.long())).toBe(true);
    await call('POST', '/out', cookie);
    expect(await server.sessions.stillValid(server.long())).toBe(false);
  });

  it('tell a long request when the eight hours are over', async () => {
    await server.openStream(await logIn());
    await clock.advance(8 * HOUR_MS);
    expect(await server.sessions.stillValid(server.long())).toBe(false);
  });

  it('are not prolonged by a long request, nor revived by its end', async () => {
    const cookie = await logIn();
    const stream = await server.openStream(cookie);
    expect(stream.headers.get('set-cookie')).toBeNull();
    const long = server.long();
    pass(IDLE_AT_THE_LATEST_MS);
    expect(await server.sessions.stillValid(long)).toBe(false);
    long.res?.end();
    await stream.text();
    expect(await isLoggedIn(cookie)).toBe(false);
  });

  it('are not revived by a slow answer that began before their end', async () => {
    const cookie = await logIn();
    const slow = call('GET', '/slow', cookie);
    await vi.waitUntil(server.isSlow, { timeout: 60_000, interval: 5 });
    await server.openStream(cookie);
    pass(IDLE_AT_THE_LATEST_MS);
    expect(await server.sessions.stillValid(server.long())).toBe(false);
    server.finishSlow();
    await slow;
    expect(await isLoggedIn(cookie)).toBe(false);
  });

  it('go on while they are used, and end when they are not', async () => {
    const cookie = await logIn();
    for (let uses = 0; uses < 5; uses++) {
      pass(IDLE_MS - 1_000);
      expect(await isLoggedIn(cookie)).toBe(true);
    }
    pass(IDLE_AT_THE_LATEST_MS);
    expect(await isLoggedIn(cookie)).toBe(false);
  });

  it('are removed some time after they have expired', async () => {
    const expired = await logIn();
    await server.openStream(expired);
    pass(IDLE_AT_THE_LATEST_MS);
    expect(await server.sessions.stillValid(server.long())).toBe(false);
    await logIn();
    await clock.advance(10 * 60_000);
    await vi.waitUntil(async () => (await countSessions(settings)) === 1, { timeout: 60_000, interval: 50 });
  });

  it('leave no timer behind', async () => {
    const running = new Set<object>();
    const counted: Clock = {
      ...clock,
      after(ms, run) {
        const timer = clock.after(ms, () => {
          running.delete(timer);
          run();
        });
        running.add(timer);
        return {
          cancel() {
            running.delete(timer);
            timer.cancel();
          },
        };
      },
    };
    const own = await startServer(settings, counted);
    await own.call('POST', '/in');
    expect(running.size).toBe(1);
    const pruning = clock.advance(11 * 60_000);
    await own.close();
    await pruning;
    expect(running.size).toBe(0);
  });
});

async function countSessions(settings: SessionStoreSettings): Promise<number> {
  if (settings.kind === 'sqlite') {
    const file = new Sqlite(settings.file, { readonly: true });
    const row = file.prepare('SELECT COUNT(*) AS count FROM sessions').get() as { count: number };
    file.close();
    return row.count;
  }
  const client = new pg.Client({ connectionString: settings.url });
  await client.connect();
  const { rows } = await client.query('SELECT COUNT(*) AS count FROM admin_sessions');
  await client.end();
  return Number(rows[0].count);
}

describe('a store of sessions that does not work', () => {
  it('in a file: every request says so, until the file can be opened', async () => {
    const folder = join(newFolder(), 'data');
    await writeFile(folder, '');
    const server = await startServer(
      { kind: 'sqlite', file: join(folder, 'sessions.db') },
      createTestClock(),
    );
    for (const [method, path] of [
      ['GET', '/who'],
      ['POST', '/in'],
    ] as const) {
      expect(await server.call(method, path)).toMatchObject({
        status: 503,
        body: { code: 'store_unavailable' },
      });
    }
    await unlink(folder);
    expect((await server.call('GET', '/who')).status).toBe(200);
    await server.close();
  });

  it('in PostgreSQL: every request says so, until it is back with the sessions', async () => {
    const settings = await newSessionStore('postgres');
    const wire = await startWire(settings);
    const server = await startServer(wire.settings, createTestClock());
    const { cookie } = await server.call('POST', '/in');
    await server.openStream(cookie);
    await wire.cut();
    for (const own of ['', cookie]) {
      expect(await server.call('GET', '/who', own)).toMatchObject({
        status: 503,
        body: { code: 'store_unavailable' },
      });
    }
    await expect(server.sessions.stillValid(server.long())).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    await wire.mend();
    expect((await server.call('GET', '/who', cookie)).body.loggedIn).toBe(true);
    await server.close();
    await wire.cut();
  });

  it('in a PostgreSQL that has fallen silent: nobody waits for ever', async () => {
    const settings = await newSessionStore('postgres');
    const wire = await startWire(settings);
    const server = await startServer(wire.settings, createTestClock());
    const { cookie } = await server.call('POST', '/in');
    wire.freeze();
    const answers = await Promise.all([
      server.call('GET', '/who', cookie),
      server.call('GET', '/who', cookie),
      server.call('GET', '/who'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    await server.close();
    await wire.cut();
  });
});

/** A way to PostgreSQL that can be cut and mended. */
async function startWire(target: { url: string }) {
  const url = new URL(target.url);
  const far = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const other = connect(far);
    for (const [from, to] of [
      [near, other],
      [other, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => void (frozen || to.write(chunk)));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const listen = (port: number) =>
    new Promise<number>((resolve) => {
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  const port = await listen(0);
  url.port = String(port);
  return {
    settings: { kind: 'postgres' as const, url: url.href },
    freeze() {
      frozen = true;
    },
    cut: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    mend: () => listen(port),
  };
}
