import { describe, expect, it, onTestFinished } from 'vitest';
import { createVerifier } from '../otp/conversion/verify.js';
import { DATABASES } from '../support/databases.js';
import { auditedActions } from './audited.js';
import { createBrowser } from './browser.js';
import { startGateway } from './harness.js';

const PREFIX = '+20100123';
const LIFT = `/admin/api/blocked-prefixes/${encodeURIComponent(PREFIX)}/lift`;

describe.each(DATABASES)('conversion on the dashboard, on %s', (databaseKind) => {
  async function scene() {
    const gateway = await startGateway({ databaseKind });
    onTestFinished(gateway.close);
    const { store, clock } = gateway;
    const browser = createBrowser(gateway);
    await browser.logIn();
    const text = async (path: string) => (await browser.get(path)).text();
    return {
      ...createVerifier(store, clock),
      gateway,
      browser,
      text,
      json: async (path: string) => JSON.parse(await text(path)),
    };
  }

  it('is told in figures, and judged from five on', async () => {
    const { start, startMany, text, json, browser, gateway } = await scene();
    expect(await text('/admin/conversion')).toContain('No verification was started in this time.');
    await startMany('+3361234', 8, 6);
    for (let at = 0; at < 4; at++) await (await start(`guest${at}@example.com`, ['email']))();
    const page = await text('/admin/conversion');
    expect(page).toMatch(/France<\/b> <span>6 of 8 approved <b class="percent">75&nbsp;%/);
    expect(page).toMatch(/E-mail addresses<\/b> <span>4 of 4 approved<\/span>/);
    const figures = {
      channels: [
        { channel: 'whatsapp', started: 8, approved: 6 },
        { channel: 'email', started: 4, approved: 4 },
      ],
      countries: [
        {
          country: 'FR',
          started: 8,
          approved: 6,
          channels: [{ channel: 'whatsapp', started: 8, approved: 6 }],
        },
        { country: '', started: 4, approved: 4, channels: [{ channel: 'email', started: 4, approved: 4 }] },
      ],
      blocked: [],
    };
    expect(await json('/admin/api/conversion')).toEqual({ range: 'day', ...figures });
    await gateway.clock.advance(25 * 3_600_000);
    await browser.logIn();
    expect(await json('/admin/api/conversion')).toMatchObject({ channels: [] });
  });

  it('shows a blocked prefix, and lifts it once, in the audit log', async () => {
    const { startMany, browser, text, json, gateway } = await scene();
    await startMany(PREFIX, 20, 0);
    expect((await json('/admin/api/conversion')).blocked).toEqual([
      {
        prefix: PREFIX,
        country: 'EG',
        since: '2026-01-01T00:00:00.000Z',
        until: '2026-01-01T12:00:00.000Z',
        started: 20,
        approved: 0,
      },
    ]);
    expect(await text('/admin/conversion')).toMatch(/<b>\+20 100 123 …<\/b><\/td>\s*<td>Egypt/);

    const answers = await Promise.all([browser.postJson(LIFT, {}), browser.postJson(LIFT, {})]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect(await text('/admin/conversion')).toContain('No prefix is blocked.');
    expect(await auditedActions(gateway)).toEqual([
      {
        action: 'prefix_unblocked',
        target: `prefix ${PREFIX}`,
        detail: `${PREFIX}… (EG), 0 of 20 approved`,
      },
    ]);
    expect(await text('/admin/audit')).toContain('unblocked a prefix');
  });
});

it('conversion needs a session, and a time that it knows', async () => {
  const gateway = await startGateway();
  onTestFinished(gateway.close);
  const browser = createBrowser(gateway);
  expect((await browser.get('/admin/api/conversion')).status).toBe(401);
  await browser.logIn();
  expect((await browser.get('/admin/api/conversion?range=year')).status).toBe(400);
  expect((await browser.get('/admin/api/conversion?range=week')).status).toBe(200);
});
