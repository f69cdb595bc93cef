import { describe, expect, it, onTestFinished } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { auditedActions } from './audited.js';
import { createBrowser } from './browser.js';
import { ADMIN, startGateway } from './harness.js';
import { failed, NOW } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';

useLoggedIn();

const EVIL = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>';

describe('the audit log', () => {
  it('is a page: newest first, who, from where and what in words', async () => {
    await gateway.addJobs(failed(7));
    await browser.postJson('/admin/api/jobs/7/retry');
    await browser.postJson('/admin/api/queue/pause');
    const response = await browser.get('/admin/audit');
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const rows = (await response.text()).split('<tr id="entry-').slice(1);
    expect(rows).toHaveLength(3);
    for (const [row, what] of [
      [rows[0], 'paused sending'],
      [rows[1], '<b>retried</b> <a href="/admin/jobs/7">job #7</a>'],
      [rows[2], 'signed in'],
    ] as const) {
      expect(row).toContain(what);
      expect(row).toContain(ADMIN.username);
      expect(row).toContain('127.0.0.1');
      expect(row).toContain('2026-01-01T00:00:00.000Z');
    }
    expect((await createBrowser(gateway).get('/admin/audit')).headers.get('location')).toBe('/admin/login');
  });

  it('is read page by page, to its first entry', async () => {
    const entry = { at: NOW, actor: 'a', address: 'b', action: 'queue_paused', target: null, detail: null };
    // With the login there are 101.
    await gateway.store.insertInto('audit_log').values(Array(100).fill(entry)).execute();
    const seen: number[] = [];
    let path: string | undefined = '/admin/audit';
    for (let pages = 0; path !== undefined && pages < 5; pages++) {
      const html: string = await (await browser.get(path)).text();
      const shown = [...html.matchAll(/id="entry-(\d+)"/g)].map(([, id]) => Number(id));
      expect(shown.length).toBeLessThanOrEqual(50);
      seen.push(...shown);
      path = /href="(\/admin\/audit\?before=\d+)"/.exec(html)?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 101 }, (_, at) => 101 - at));
    expect((await browser.get('/admin/audit?before=1')).status).toBe(200);
    expect((await browser.get('/admin/audit?before=')).status).toBe(200);
    expect((await browser.get(`/admin/audit?before=${Number.MAX_SAFE_INTEGER}`)).status).toBe(200);
  });

  it.each([
    'x',
    '0',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'Infinity',
    'NaN',
    '9'.repeat(20),
    '1 OR 1=1',
    "1'--",
    '1%00',
    EVIL,
  ])('has no page before %s', async (before) => {
    const query = `?before=${encodeURIComponent(before)}`;
    const response = await browser.get(`/admin/audit${query}`);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('<script>alert');
    const json = await browser.get(`/admin/audit${query}`, { Accept: '*/*' });
    expect(await json.json()).toMatchObject({
      message: 'Bad Request: "before" must be the number of an entry.',
    });
  });

  it('keeps what was typed as a user name only when it is the operator’s, and never a password', async () => {
    const stranger = createBrowser(gateway);
    const names = [EVIL, ADMIN.password, `${ADMIN.username}${'x'.repeat(5_000)}`, ''];
    for (const username of names) {
      expect((await stranger.logIn({ username, password: 'a secret guess' })).status).toBe(401);
    }
    const html = await (await browser.get('/admin/audit')).text();
    expect(html.match(/sign-in failed/g)).toHaveLength(names.length);
    expect(new Set(html.match(/\(another name\) [\da-f]{8}</g)).size).toBe(names.length);
    expect(html).not.toContain('alert(1)');
    expect(html).not.toContain('xxx');
    expect(html).not.toContain('a secret guess');
    expect(html).not.toContain(ADMIN.password);
    expect((await stranger.logIn({ password: 'a secret guess' })).status).toBe(401);
    const { actor } = await gateway.store
      .selectFrom('audit_log')
      .select('actor')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    expect(actor).toBe(ADMIN.username);
  });

  it.each(DATABASES)(
    'counts searches with digits, on %s: once an hour who and how often',
    async (databaseKind) => {
      const own = await startGateway({ databaseKind });
      onTestFinished(own.close);
      const operator = createBrowser(own);
      await operator.logIn();
      const ask = (path: string) => operator.get(path, path.includes('/api/') ? { Accept: '*/*' } : {});
      for (let digit = 0; digit < 10; digit++) await ask(`/admin/jobs?q=%2B2010${digit}`);
      // The page follows by itself, and goes on: no other search.
      for (const path of ['/admin/jobs?q=%2B20109', '/admin/api/jobs?q=%2B20109&page=2']) await ask(path);
      await ask('/admin/api/jobs/bulk?q=77');
      await ask('/admin/users?q=%D9%A1%D9%A2');
      for (const path of ['/admin/users?q=asha', '/admin/jobs?status=failed&page=2', '/admin/jobs?q='])
        await ask(path);
      expect(await auditedActions(own)).toEqual([
        { action: 'digits_searched', target: null, detail: '12 times in this hour' },
      ]);
      const html = await (await operator.get('/admin/audit')).text();
      expect(html).toContain('<b>searched with digits</b> <span class="muted">12 times in this hour</span>');
      expect(html).not.toContain('2010');
      await own.clock.advance(60 * 60_000);
      await ask('/admin/jobs?q=%2B20109');
      expect((await auditedActions(own)).map(({ detail }) => detail)).toEqual([
        '12 times in this hour',
        '1 time in this hour',
      ]);
    },
  );

  it('takes two user names for no fault', async () => {
    const stranger = createBrowser(gateway);
    const _csrf = await stranger.token();
    for (const fields of ['username=a&username=b', 'username[]=a', 'username[__proto__]=a', '']) {
      const response = await stranger.postForm('/admin/login', {}, {}).catch(() => null);
      expect(response?.status).toBe(403);
      const cookie = [...stranger.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const tried = await fetch(`${gateway.url}/admin/login`, {
        method: 'POST',
        redirect: 'manual',
        body: `${fields}&_csrf=${_csrf}&password=${encodeURIComponent(ADMIN.password)}`,
        headers: { Cookie: cookie, Accept: 'text/html', 'Content-Type': 'application/x-www-form-urlencoded' },
      });
      expect([fields, tried.status]).toEqual([fields, 401]);
    }
    expect((await browser.get('/admin/audit')).status).toBe(200);
  });

  it('knows who signed out', async () => {
    await browser.postForm('/admin/logout', { _csrf: await browser.token('/admin/status') });
    expect(await auditedActions(gateway)).toEqual([{ action: 'signed_out', target: null, detail: null }]);
    expect((await browser.get('/admin/audit')).status).toBe(302);
  });
});
