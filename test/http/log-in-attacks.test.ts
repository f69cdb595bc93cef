import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { type Browser, createBrowser } from './browser.js';
import { ADMIN, type Gateway, startGateway } from './harness.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DEVICE = 'otp_device';

describe.each(DATABASES)('log-ins while strangers guess, on %s', (databaseKind) => {
  let gateway: Gateway;
  let sent: string[];
  beforeEach(async () => {
    sent = [];
    gateway = await startGateway({
      databaseKind,
      trustProxy: 1,
      telegram: { send: (text) => void sent.push(text) },
    });
  });
  afterEach(() => gateway.close());

  async function attempt(address: string, password: string, visitor: Browser = createBrowser(gateway)) {
    const fields = { ...ADMIN, password, _csrf: await visitor.token() };
    return await visitor.postForm('/admin/login', fields, { 'X-Forwarded-For': address });
  }

  /** Anew each time, with the cookie of the device that was known before. */
  function returning(before: Browser): Browser {
    const browser = createBrowser(gateway);
    browser.cookies.set(DEVICE, String(before.cookies.get(DEVICE)));
    return browser;
  }

  it('the known client comes in 20 of 20 times, by its address or by its cookie, and there is one alert', async () => {
    const her = createBrowser(gateway);
    expect((await attempt('192.0.2.1', ADMIN.password, her)).status).toBe(303);
    const statuses: number[] = [];
    for (let round = 0; round < 20; round++) {
      // From many addresses, and from her own, too.
      for (const address of [`203.0.113.${round}`, '198.51.100.9']) await attempt(address, `guess-${round}`);
      await attempt('192.0.2.77', `guess-${round}`);
      const hers =
        round % 2
          ? await attempt('192.0.2.1', ADMIN.password)
          : await attempt('192.0.2.77', ADMIN.password, returning(her));
      statuses.push(hers.status);
      await gateway.clock.advance(2 * MINUTE_MS);
    }
    expect(statuses).toEqual(Array(20).fill(303));
    expect(sent).toHaveLength(1);
  });

  it('the name alone keeps nobody out, but strangers wait two seconds for each try', async () => {
    for (let n = 0; n < 10; n++) expect((await attempt(`203.0.113.${n}`, 'wrong')).status).toBe(401);
    expect((await attempt('192.0.2.9', 'wrong')).status).toBe(401);
    const soon = await attempt('192.0.2.9', ADMIN.password);
    expect([soon.status, soon.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await soon.text()).toContain('Too many failed attempts. Try again in a moment.');
    await gateway.clock.advance(2_000);
    expect((await attempt('192.0.2.9', ADMIN.password)).status).toBe(303);
    expect((await attempt('192.0.2.10', ADMIN.password)).status).toBe(303);
  });

  it('five of one address in 15 minutes stay, also over a restart, and a known browser has five of its own', async () => {
    const her = createBrowser(gateway);
    await attempt('192.0.2.1', ADMIN.password, her);
    for (let n = 0; n < 5; n++) expect((await attempt('192.0.2.50', 'wrong')).status).toBe(401);
    expect((await attempt('192.0.2.50', ADMIN.password)).status).toBe(429);
    const browser = returning(her);
    for (let n = 0; n < 5; n++) expect((await attempt('192.0.2.50', 'wrong', browser)).status).toBe(401);
    const refused = await attempt('192.0.2.50', ADMIN.password, browser);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '900']);
    await gateway.clock.advance(15 * MINUTE_MS);
    expect((await attempt('192.0.2.50', ADMIN.password, browser)).status).toBe(303);
    const used = await gateway.store
      .selectFrom('limit_counts')
      .select('used')
      .where('name', '=', 'address-log-ins')
      .where('subject', '=', '192.0.2.50')
      .execute();
    expect(used.map((row) => Number(row.used))).toEqual([5]);
  });

  it('a client is known for 30 days, and its cookie is for the dashboard and for browsers alone', async () => {
    const her = createBrowser(gateway);
    const response = await attempt('192.0.2.1', ADMIN.password, her);
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith(DEVICE));
    expect(cookie).toMatch(/Max-Age=2592000; Path=\/admin; .*HttpOnly; SameSite=Strict/);
    const stored = await gateway.store.selectFrom('operator_clients').select('client').execute();
    expect(JSON.stringify(stored)).not.toContain(String(her.cookies.get(DEVICE)));
    await gateway.clock.advance(31 * 24 * HOUR_MS);
    for (let n = 0; n < 5; n++) await attempt('192.0.2.50', 'wrong', returning(her));
    expect((await attempt('192.0.2.50', ADMIN.password, returning(her))).status).toBe(429);
  });
});
