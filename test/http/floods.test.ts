import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LogFields, silentLog } from '../../src/log.js';
import { DATABASES } from '../support/databases.js';
import { createBrowser } from './browser.js';
import { ADMIN, type Gateway, send, startGateway } from './harness.js';

const MINUTE_MS = 60_000;
const JSON_BODY = { 'Content-Type': 'application/json' };

/** Five floods of one stranger, each through its door. */
describe.each(DATABASES)('what comes in floods on %s', (databaseKind) => {
  let gateway: Gateway;
  const lines: string[] = [];
  const sent: string[] = [];
  const warn = (what: string, fields?: LogFields) => void lines.push(JSON.stringify({ what, ...fields }));
  beforeAll(async () => {
    gateway = await startGateway({
      databaseKind,
      trustProxy: 1,
      log: { ...silentLog, warn },
      telegram: { send: (text) => void sent.push(text) },
    });
  });
  afterAll(() => gateway.close());

  let strangers = 0;
  /** One address for each flood; time goes on while it lasts. */
  async function flood(
    times: number,
    ask: (n: number, headers: Record<string, string>) => Promise<Response>,
  ) {
    const address = `203.0.113.${++strangers}`;
    const [linesBefore, sentBefore] = [lines.length, sent.length];
    for (let n = 0; n < times; n++) {
      const { status } = await ask(n, { 'X-Forwarded-For': address, ...JSON_BODY });
      expect([400, 401, 404, 429]).toContain(status);
      if (n % 50 === 49) await gateway.clock.advance(MINUTE_MS / 5);
    }
    await gateway.floods.close();
    const own = lines.slice(linesBefore).filter((line) => line.includes(`"from":"${address}"`));
    return { own, alarms: sent.slice(sentBefore) };
  }
  const post = (path: string, body: object, headers: Record<string, string>) =>
    fetch(gateway.url + path, { method: 'POST', body: JSON.stringify(body), headers });

  it.each([
    ['of passwords for one account', () => 'v@example.com'],
    ['of passwords for many accounts', (n: number) => `v${n}@example.com`],
  ])('%s: one to three lines and one alert', async (_what, emailOf) => {
    const { own, alarms } = await flood(110, (n, headers) =>
      post('/api/auth/login', { email: emailOf(n), password: `guess-${n}` }, headers),
    );
    expect(own.length).toBeGreaterThanOrEqual(1);
    expect(own.length).toBeLessThanOrEqual(3);
    expect(own.join()).not.toMatch(/v\d*@example\.com|guess/);
    expect(alarms).toEqual([expect.stringContaining('More than 100 wrong passwords in ten minutes.')]);
    await gateway.clock.advance(20 * MINUTE_MS);
  });

  it('of codes: one to three lines and one alert', async () => {
    const phoneNumber = '+919876543210';
    const asked = await post('/api/users/register', { phoneNumber, name: 'Asha' }, JSON_BODY);
    expect(asked.status).toBe(200);
    const { own, alarms } = await flood(60, (n, headers) =>
      post('/api/otp/verify', { phoneNumber, otp: String(10_000 + n), mode: 'register' }, headers),
    );
    expect(own.join()).not.toContain(phoneNumber);
    expect(own.length).toBeGreaterThanOrEqual(1);
    expect(own.length).toBeLessThanOrEqual(3);
    expect(alarms).toEqual([expect.stringContaining('More than 50 wrong codes in ten minutes.')]);
  });

  it('of API keys: one to three lines and one alert', async () => {
    const { own, alarms } = await flood(60, (n, headers) =>
      send(gateway, { phoneNumber: '+201001234567' }, { headers: { ...headers, 'X-API-KEY': `wrong-${n}` } }),
    );
    expect(own.length).toBeGreaterThanOrEqual(1);
    expect(own.length).toBeLessThanOrEqual(3);
    expect(own.join()).not.toContain('wrong-');
    expect(alarms).toEqual([expect.stringContaining('More than 20 wrong API keys in ten minutes.')]);
  });

  it('of log-ins to the dashboard: one to three lines and one alert', async () => {
    const stranger = createBrowser(gateway);
    const _csrf = await stranger.token();
    const { own, alarms } = await flood(20, (n, headers) =>
      stranger.postForm(
        '/admin/login',
        { username: ADMIN.username, password: `guess-${n}`, _csrf },
        { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      ),
    );
    expect(own.length).toBeGreaterThanOrEqual(1);
    expect(own.length).toBeLessThanOrEqual(3);
    expect(alarms).toEqual([
      expect.stringContaining('More than 10 wrong log-ins to the dashboard in an hour.'),
    ]);
  });
});
