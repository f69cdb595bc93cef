import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AppError } from '../../src/errors.js';
import type { SessionStoreSettings } from '../../src/http/operator-sessions/session-store.js';
import { createLogins } from '../../src/http/operator-sessions/sessions.js';
import { silentLog } from '../../src/log.js';
import { DATABASES } from '../support/databases.js';
import { type Browser, createBrowser } from './browser.js';
import { ADMIN, type Gateway, startGateway } from './harness.js';
import { newSessionStore } from './session-stores.js';

const COOKIE = 'otp_admin';
const FORM_COOKIE = 'otp_form';

let gateway: Gateway;
let browser: Browser;
beforeEach(async () => {
  gateway = await startGateway();
  browser = createBrowser(gateway);
});
afterEach(() => gateway.close());

describe('without a session', () => {
  it.each(['/admin', '/admin/', '/admin/status', '/admin/qr.svg', '/admin/nowhere'])(
    'the page %s leads to the login',
    async (path) => {
      const response = await browser.get(path);
      expect([response.status, response.headers.get('location')]).toEqual([302, '/admin/login']);
      expect(response.headers.get('cache-control')).toBe('no-store');
    },
  );

  it.each(['/admin/api/status', '/admin/api/stats', '/admin/api/jobs', '/admin/api/nowhere'])(
    '%s is a 401 in JSON',
    async (path) => {
      const response = await browser.get(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toEqual({ message: 'Please log in first.', code: 'not_logged_in' });
    },
  );

  it('no button works, and no session is stored for trying', async () => {
    for (const path of ['session/reload', 'session/logout', 'jobs/1/retry', 'queue/pause']) {
      expect((await browser.postJson(`/admin/api/${path}`)).status).toBe(401);
    }
    expect(gateway.calls).toEqual([]);
    expect(browser.cookies.size).toBe(0);
  });
});

describe('the login', () => {
  it('shows a form whose page lets nothing foreign in', async () => {
    const response = await browser.get('/admin/login');
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toMatch(/<input[^>]+name="username"/);
    expect(html).toMatch(/<input[^>]+name="password" type="password"/);
    expect(html).toMatch(/<input type="hidden" name="_csrf" value="[0-9a-f]{64}">/);
    expect(html).not.toMatch(/<script(?![^>]+src=)|<style|\son\w+=|https?:/);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('upgrade-insecure-requests');
  });

  it.each([
    ['behind a proxy that speaks HTTPS', { trustProxy: 1 }, { 'X-Forwarded-Proto': 'https' }],
    ['where PUBLIC_URL is HTTPS, whatever a proxy says', { publicOrigin: 'https://otp.example.com' }, {}],
  ])('binds the cookie to HTTPS and to this host %s', async (_where, options, headers) => {
    const own = await startGateway(options);
    const visitor = createBrowser(own);
    const response = await visitor.get('/admin/login', headers);
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(await response.text())?.[1] ?? '';
    const signedIn = await visitor.postForm('/admin/login', { ...ADMIN, _csrf }, headers);
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/admin/status']);
    const cookies = [...response.headers.getSetCookie(), ...signedIn.headers.getSetCookie()];
    expect(cookies.map((cookie) => cookie.split('=')[0]).sort()).toEqual([
      '__Host-otp_admin',
      '__Host-otp_device',
      '__Host-otp_form',
    ]);
    for (const cookie of cookies) {
      expect(cookie.split('; ').slice(1)).toEqual(
        expect.arrayContaining(['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict']),
      );
      expect(cookie).not.toContain('Domain');
    }
    expect((await visitor.get('/admin/status', headers)).status).toBe(200);
    // One of the other name, which any host of the domain could have set, is not read.
    const tossed = createBrowser(own);
    tossed.cookies.set(COOKIE, String(visitor.cookies.get('__Host-otp_admin')));
    expect((await tossed.get('/admin/status', headers)).status).toBe(302);
    await own.close();
  });

  it.each(['unknown', '999.1.1.1', '<b>x</b>', '::1.2.3', `${'9'.repeat(5_000)}`])(
    'keeps the address of the socket when the proxy says %s',
    async (forwarded) => {
      const own = await startGateway({ trustProxy: 1 });
      const visitor = createBrowser(own);
      const fields = { ...ADMIN, _csrf: await visitor.token() };
      const { status } = await visitor.postForm('/admin/login', fields, { 'X-Forwarded-For': forwarded });
      const rows = await own.store.selectFrom('audit_log').select('address').execute();
      expect([status, rows]).toEqual([303, [{ address: '127.0.0.1' }]]);
      await own.close();
    },
  );

  it('asks whoever follows a link from another site once more, with the cookie that only our own site sends', async () => {
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
    const stranger = createBrowser(gateway);
    const again = await stranger.get('/admin/jobs?status=failed', link);
    expect(again.status).toBe(200);
    expect(await again.text()).toContain('<meta http-equiv="refresh" content="0">');
    expect(again.headers.get('set-cookie')).toBeNull();
    const own = await stranger.get('/admin/jobs?status=failed', { 'Sec-Fetch-Site': 'same-origin' });
    expect(own.headers.get('location')).toBe('/admin/login');
    expect((await stranger.get('/admin/api/status', { ...link, Accept: '*/*' })).status).toBe(401);
  });

  it('does not tell whether the name or the password was wrong', async () => {
    const pages = [];
    for (const wrong of [{ username: 'root' }, { password: 'nope' }, { username: '', password: '' }]) {
      const response = await browser.logIn(wrong);
      expect(response.status).toBe(401);
      pages.push((await response.text()).replace(/(value|content)="[^"]*"| autofocus/g, ''));
    }
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain('The user name or the password is wrong.');
    expect((await browser.get('/admin/status')).status).toBe(302);
  });

  it('keeps the name that was typed, as text, and never the password', async () => {
    const username = `"><script>alert(1)</script>`;
    const html = await (await browser.logIn({ username, password: 'a secret guess' })).text();
    expect(html).toContain('value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(html).toMatch(/<input id="password"[^>]* autofocus>/);
    expect(html).not.toMatch(/<script>|a secret guess/);
  });

  it('takes no second field for the first', async () => {
    const _csrf = await browser.token();
    const body = `_csrf=${_csrf}&username=${ADMIN.username}&password=x&password=${encodeURIComponent(ADMIN.password)}`;
    const response = await fetch(`${gateway.url}/admin/login`, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Cookie: `${FORM_COOKIE}=${browser.cookies.get(FORM_COOKIE)}`,
      },
    });
    expect(response.status).toBe(401);
  });

  it.each([
    ['no token', {}, {}],
    ['a wrong token', { _csrf: 'f'.repeat(64) }, {}],
    ['a foreign origin', null, { Origin: 'https://evil.example' }],
    ['a sandboxed frame', null, { Origin: 'null' }],
    ['a cross-site request', null, { 'Sec-Fetch-Site': 'cross-site' }],
  ])('is refused with %s', async (_name, fields, headers) => {
    const _csrf = await browser.token();
    const response = await browser.postForm('/admin/login', { ...ADMIN, ...(fields ?? { _csrf }) }, headers);
    expect(response.status).toBe(403);
    expect((await browser.get('/admin/status')).status).toBe(302);
  });

  it('comes back with the name kept and the reason, when the form had been open for too long', async () => {
    const _csrf = await browser.token();
    const old = browser.cookies.get(FORM_COOKIE);
    browser.cookies.delete(FORM_COOKIE);
    const fields = { ...ADMIN, username: 'olga', _csrf };
    const refused = await browser.postForm('/admin/login', fields);
    const html = await refused.text();
    expect(refused.status).toBe(403);
    expect(html).toContain('This page had been open for too long');
    expect(html).toContain('value="olga"');
    expect(html).not.toContain(ADMIN.password);
    expect(browser.cookies.get(FORM_COOKIE)).not.toBe(old);

    const fresh = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    expect((await browser.postForm('/admin/login', { ...ADMIN, _csrf: fresh })).status).toBe(303);
  });

  it('leads on when the person has signed in meanwhile, with whatever the old form held', async () => {
    const _csrf = await browser.token();
    await browser.logIn();
    const late = await browser.postForm('/admin/login', { username: 'olga', password: 'x', _csrf });
    expect([late.status, late.headers.get('location')]).toEqual([303, '/admin/status']);
    const foreign = await browser.postForm('/admin/login', { _csrf }, { Origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(await foreign.text()).toContain('from a page of another site');
  });

  it('says so when no session can be stored', async () => {
    const store = await newSessionStore('sqlite');
    const sessions = createLogins({
      store,
      secret: 'a session secret for this test alone',
      credentials: ADMIN,
      clock: gateway.clock,
      log: silentLog,
    });
    const full = new AppError('store_unavailable', 'The sign-ins cannot be stored at the moment.');
    const own = await startGateway({ sessions: { ...sessions, logIn: () => Promise.reject(full) } });
    const response = await createBrowser(own).logIn();
    expect(response.status).toBe(503);
    expect(await response.text()).toContain(full.message);
    await own.close();
    await sessions.close();
  });

  it('a form that a thousand visitors look at leaves nothing in the store', async () => {
    for (let n = 0; n < 1_000; n++) {
      const { headers } = await fetch(`${gateway.url}/admin/login`);
      expect(headers.getSetCookie().map((line) => line.split('=')[0])).toEqual([FORM_COOKIE]);
    }
    const store = new Sqlite(join(gateway.dataDir, 'sessions.db'), { readonly: true });
    onTestFinished(() => void store.close());
    expect(store.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0);
  });

  it.each([
    ['of another browser', async () => await createBrowser(gateway).token()],
    ['of a signed-in session', async () => await logInAndTake('/admin/status')],
    ['without its cookie', async () => await tokenThenForget()],
  ])('is refused with a token %s', async (_, tokenOf) => {
    await browser.get('/admin/login');
    const _csrf = await tokenOf();
    expect(_csrf).toHaveLength(64);
    const response = await browser.postForm('/admin/login', { ...ADMIN, _csrf });
    expect(response.status).toBe(403);
  });

  async function logInAndTake(path: string): Promise<string> {
    const other = createBrowser(gateway);
    await other.logIn();
    return await other.token(path);
  }

  async function tokenThenForget(): Promise<string> {
    const token = await browser.token();
    browser.cookies.delete(FORM_COOKIE);
    return token;
  }

  it('programs hear of a refusal in JSON', async () => {
    const refused = await browser.postForm('/admin/login', { ...ADMIN }, { Accept: 'application/json' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'csrf_token_invalid' });
  });

  it('goes through from our own origin', async () => {
    const _csrf = await browser.token();
    const response = await browser.postForm('/admin/login', { ...ADMIN, _csrf }, { Origin: gateway.url });
    expect(response.status).toBe(303);
  });

  it('after five failures says when to come back, also to the right password', async () => {
    for (let i = 0; i < 5; i++) {
      expect((await browser.logIn({ password: `guess ${i}` })).status).toBe(401);
    }
    const response = await browser.logIn();
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(14 * 60);
    const html = await response.text();
    expect(html).toMatch(/Too many failed attempts\. Try again in 15 minutes \(\d\d:\d\d UTC\)\./);
    expect((await browser.get('/admin/status')).status).toBe(302);
  });

  it('does not count what succeeded', async () => {
    for (let i = 0; i < 8; i++) {
      expect((await createBrowser(gateway).logIn()).status).toBe(303);
    }
  });

  it('takes a name and a password in every spelling, and no mark out of a password', async () => {
    const credentials = { username: 'Jose\u0301', password: 'geheimes Caf\u00e9' };
    const own = await startGateway({ credentials });
    const attempt = async (username: string, password: string) =>
      (await createBrowser(own).logIn({ username, password })).status;
    expect(await attempt('Jos\u00e9', 'geheimes Cafe\u0301')).toBe(303);
    expect(await attempt(' \u202aJose\u0301\u202c', 'geheimes Caf\u00e9')).toBe(303);
    expect(await attempt('Jos\u00e9', ' geheimes Caf\u00e9')).toBe(401);
    expect(await attempt('Jos\u00e9', 'geheimes Caf\u00e9\u200b')).toBe(401);
    expect(await attempt('Jose', 'geheimes Caf\u00e9')).toBe(401);
    expect(await attempt('\u200b', 'geheimes Caf\u00e9')).toBe(401);
    await own.close();
  });
});

describe.each(DATABASES)('a session in %s', (kind) => {
  /** PostgreSQL's store counts in whole seconds. */
  let sessionStore: SessionStoreSettings;
  let gateway: Gateway;
  let browser: Browser;
  beforeEach(async () => {
    sessionStore = await newSessionStore(kind);
    gateway = await startGateway({ sessionStore });
    browser = createBrowser(gateway);
  });
  afterEach(() => gateway.close());

  it('opens the dashboard under a new id, and ends the one that came with the form', async () => {
    const form = await browser.get('/admin/login');
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(await form.text())?.[1] ?? '';
    const other = createBrowser(gateway);
    await other.logIn();
    await gateway.clock.advance(8 * 3_600_000);
    const planted = String(other.cookies.get(COOKIE));
    browser.cookies.set(COOKIE, planted);
    const response = await browser.postForm('/admin/login', { ...ADMIN, _csrf });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/admin/status']);
    expect(browser.cookies.get(COOKIE)).not.toBe(planted);
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith(`${COOKIE}=`));
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).not.toContain('Secure');
    expect((await browser.get('/admin/status')).status).toBe(200);
    expect((await browser.get('/admin/login')).headers.get('location')).toBe('/admin/status');
    expect((await other.get('/admin/status')).status).toBe(302);
  });

  it('ends at the logout, for everyone who had it', async () => {
    await browser.logIn();
    const stolen = createBrowser(gateway);
    stolen.cookies.set(COOKIE, String(browser.cookies.get(COOKIE)));
    expect((await stolen.get('/admin/status')).status).toBe(200);

    expect((await browser.postForm('/admin/logout', {})).status).toBe(403);
    const _csrf = await browser.token('/admin/status');
    const response = await browser.postForm('/admin/logout', { _csrf });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/admin/login']);
    expect((await stolen.get('/admin/status')).status).toBe(302);
    expect((await browser.get('/admin/api/status')).status).toBe(401);
  });

  it('ends eight hours after the login, however busy it is', async () => {
    await browser.logIn();
    await gateway.clock.advance(8 * 3_600_000 - 1);
    expect((await browser.get('/admin/status')).status).toBe(200);
    await gateway.clock.advance(1);
    expect((await browser.get('/admin/status')).status).toBe(302);
  });

  it('ends when nobody uses it', async () => {
    const own = await startGateway({ sessionStore });
    const visitor = createBrowser(own);
    await visitor.logIn();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    const statusAfter = async (minutes: number) => {
      vi.setSystemTime(Date.now() + minutes * 60_000);
      return (await visitor.get('/admin/api/status')).status;
    };
    expect([await statusAfter(29), await statusAfter(29), await statusAfter(31)]).toEqual([200, 200, 401]);
    await own.close();
  });

  it('does not start from a forged cookie', async () => {
    for (const value of ['s%3Aabc.def', 'abc', '%', 's%3A', `s%3A${'x'.repeat(3_000)}.y`]) {
      browser.cookies.set(COOKIE, value);
      expect((await browser.get('/admin/status')).status).toBe(302);
    }
  });

  it('survives a restart of the gateway', async () => {
    const first = await startGateway({ sessionStore });
    const visitor = createBrowser(first);
    await visitor.logIn();
    await first.close();

    const second = await startGateway({ sessionStore });
    const returning = createBrowser(second);
    returning.cookies.set(COOKIE, String(visitor.cookies.get(COOKIE)));
    expect((await returning.get('/admin/status')).status).toBe(200);
    await second.close();
  });
});

describe('the place of the sessions', () => {
  it('is files that only the owner can read', async () => {
    await browser.logIn();
    const files = await readdir(gateway.dataDir);
    expect(files).toContain('sessions.db');
    for (const file of files) {
      expect(file).toMatch(/^sessions\.db/);
      expect((await stat(join(gateway.dataDir, file))).mode & 0o777).toBe(0o600);
    }
  });

  it('is no file at all with PostgreSQL', async () => {
    const own = await startGateway({ sessionStore: await newSessionStore('postgres') });
    expect((await createBrowser(own).logIn()).status).toBe(303);
    expect(await readdir(own.dataDir)).toEqual([]);
    await own.close();
  });

  it('shows a page that says so, and JSON for the buttons, while it does not work', async () => {
    const url = 'postgres://nobody:nothing@127.0.0.1:1/none';
    const own = await startGateway({ sessionStore: { kind: 'postgres', url } });
    const visitor = createBrowser(own);
    const page = await visitor.get('/admin/login');
    expect(page.status).toBe(503);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('Please try again shortly.');
    const answer = await visitor.get('/admin/api/status');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'store_unavailable' });
    await own.close();
  });
});
