import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { auditedActions } from './audited.js';
import { type Browser, createBrowser } from './browser.js';
import { ADMIN, type Gateway, startGateway } from './harness.js';
import { newSessionStore } from './session-stores.js';

interface Shown {
  id: string;
  username: string;
  address: string;
  since: string;
  lastSeenAt: string;
  isOwn: boolean;
}

describe.each(DATABASES)('sessions of the dashboard in %s', (kind) => {
  let gateway: Gateway;
  let browsers: { hers: Browser; theirs: Browser };
  beforeEach(async () => {
    gateway = await startGateway({ sessionStore: await newSessionStore(kind) });
    browsers = { hers: createBrowser(gateway), theirs: createBrowser(gateway) };
    await browsers.theirs.logIn();
    await gateway.clock.advance(60_000);
    await browsers.hers.logIn();
    // Somebody who only looks at the form is no session.
    await createBrowser(gateway).get('/admin/login');
  });
  afterEach(() => gateway.close());

  const listed = async () => {
    const answer = await browsers.hers.get('/admin/api/sessions', { Accept: '*/*' });
    return ((await answer.json()) as { sessions: Shown[] }).sessions;
  };

  it('are a page and a list: since when, from where, last seen, and which is one’s own', async () => {
    const sessions = await listed();
    expect(sessions).toHaveLength(2);
    const own = sessions.find(({ isOwn }) => isOwn);
    expect(own).toMatchObject({
      username: ADMIN.username,
      address: '127.0.0.1',
      since: '2026-01-01T00:01:00.000Z',
    });
    // The store has no clock but the system's.
    expect(Math.abs(Date.parse(String(own?.lastSeenAt)) - Date.now())).toBeLessThan(120_000);
    const html = await (await browsers.hers.get('/admin/sessions')).text();
    expect(html.match(/<tr id="session-/g)).toHaveLength(2);
    expect(html.match(/\/end">End</g)).toHaveLength(1);
    for (const browser of Object.values(browsers)) {
      const cookie = decodeURIComponent(String(browser.cookies.get('otp_admin')));
      expect(html).not.toContain(/^s:([^.]+)/.exec(cookie)?.[1]);
    }
    expect((await createBrowser(gateway).get('/admin/sessions')).status).toBe(302);
  });

  it('are ended one by one, and all together', async () => {
    const other = (await listed()).find(({ isOwn }) => !isOwn);
    expect((await browsers.hers.postJson(`/admin/api/sessions/${other?.id}/end`)).status).toBe(200);
    expect((await browsers.hers.postJson(`/admin/api/sessions/${other?.id}/end`)).status).toBe(404);
    expect((await browsers.theirs.get('/admin/status')).status).toBe(302);
    expect(await listed()).toHaveLength(1);
    expect((await browsers.hers.postJson('/admin/api/sessions/end', {}, { 'X-CSRF-Token': '' })).status).toBe(
      403,
    );
    await browsers.theirs.logIn();
    expect((await browsers.hers.postJson('/admin/api/sessions/end')).status).toBe(200);
    for (const browser of Object.values(browsers)) {
      expect((await browser.get('/admin/api/status')).status).toBe(401);
    }
    expect(await auditedActions(gateway)).toEqual([
      { action: 'session_ended', target: null, detail: 'from 127.0.0.1' },
      { action: 'sessions_ended', target: null, detail: '2 sessions' },
    ]);
  });
});
