import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { workOf } from '../support/work.js';
import { auditedActions } from './audited.js';
import { type Browser, createBrowser } from './browser.js';
import { type Gateway, send, startGateway } from './harness.js';

const KEY = /wotp_[0-9A-Za-z]{8}_[0-9A-Za-z]{36}/;
const EVIL = '<script>alert(1)</script>"\'';

let gateway: Gateway;
let browser: Browser;
beforeEach(async () => {
  gateway = await startGateway();
  browser = createBrowser(gateway);
  await browser.logIn();
});
afterEach(() => gateway.close());

async function create(fields: object = {}) {
  const response = await browser.postJson('/admin/api/keys', {
    name: 'Web shop',
    scopes: ['otp:send'],
    ...fields,
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

const text = async (path: string) => (await browser.get(path)).text();
const json = async (path: string) => JSON.parse(await text(path));
const isTaken = async (key = '') =>
  (await send(gateway, { phoneNumber: '+201001234567' }, { headers: { 'X-API-KEY': key } })).status === 202;

it('a new key is told once, works, and stands in the audit log', async () => {
  const { status, body } = await create({
    expires: '30d',
    allowedIps: '127.0.0.1, 2001:db8::/32',
    perMinute: '60',
    codesPerHour: '300',
    perDay: '1000',
    perCountry: 'EG=100',
  });
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(String),
    key: expect.stringMatching(KEY),
    scopes: ['otp:send'],
    message: 'The API key is created.',
  });
  const { id = '', key } = body;
  expect(await isTaken(key)).toBe(true);
  expect(await json(`/admin/api/keys/${id}`)).toEqual({
    id,
    name: 'Web shop',
    state: 'active',
    scopes: ['otp:send'],
    allowedIps: ['127.0.0.1', '2001:db8::/32'],
    perMinute: 60,
    codesPerMinute: null,
    codesPerHour: 300,
    perDay: 1_000,
    perCountry: 'EG=100',
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'operator',
    rotatedAt: null,
    formerUntil: null,
    expiresAt: '2026-01-31T00:00:00.000Z',
    revokedAt: null,
    lastUsedAt: '2026-01-01T00:00:00.000Z',
    lastUsedIp: '127.0.0.1',
    returnUrls: null,
    testsInProduction: false,
    refusesSms: false,
  });
  expect(await auditedActions(gateway)).toEqual([
    { action: 'key_created', target: `key ${id}`, detail: 'Web shop (otp:send)' },
  ]);
});

it.each(DATABASES)(
  'nothing is asked between storing a secret and telling it, on %s',
  async (databaseKind) => {
    const gateway = await startGateway({ databaseKind });
    onTestFinished(() => gateway.close());
    const browser = createBrowser(gateway);
    await browser.logIn();
    const statements = async (path: string, body: object) => {
      const work = await workOf(() => browser.postJson(path, body));
      return work.flatMap(
        (step) => /^(insert|update|select|begin|commit)/i.exec(step)?.[0].toLowerCase() ?? [],
      );
    };
    expect((await statements('/admin/api/keys', { name: 'shop', scopes: ['otp:send'] })).slice(-4)).toEqual([
      'begin',
      'insert',
      'insert',
      'commit',
    ]);
    const [key] = await gateway.callers.keys.list();
    expect((await statements(`/admin/api/keys/${key?.id}/rotate`, {})).slice(-4)).toEqual([
      'begin',
      'update',
      'insert',
      'commit',
    ]);
  },
);

it('no page, list or JSON shows anything of a secret', async () => {
  const { id = '', key = '' } = (await create()).body;
  const rotated = (await (await browser.postJson(`/admin/api/keys/${id}/rotate`)).json()) as { key: string };
  const rows = await gateway.store.selectFrom('api_keys').select(['secret_hash', 'former_hash']).execute();
  const paths = [
    '/admin/keys',
    `/admin/keys/${id}`,
    '/admin/keys/new',
    '/admin/api/keys',
    `/admin/api/keys/${id}`,
    '/admin/audit',
  ];
  for (const path of paths) {
    const shown = await text(path);
    for (const secret of [key, rotated.key]) expect(shown).not.toContain(secret.slice(14));
    for (const { secret_hash, former_hash } of rows) {
      expect(shown).not.toContain(secret_hash);
      expect(shown).not.toContain(String(former_hash));
    }
  }
  const audit = await gateway.store.selectFrom('audit_log').selectAll().execute();
  expect(JSON.stringify(audit)).not.toMatch(KEY);
});

it('a key gets a new secret; the previous one goes on for as long as was said', async () => {
  const { id = '', key } = (await create()).body;
  const rotate = async (overlap?: string) => {
    const response = await browser.postJson(`/admin/api/keys/${id}/rotate`, { overlap });
    return (await response.json()) as Record<string, string>;
  };
  const second = await rotate();
  expect(second).toEqual({ id, key: expect.stringMatching(KEY), message: 'The API key has a new secret.' });
  expect([await isTaken(key), await isTaken(second.key)]).toEqual([true, true]);
  expect((await json(`/admin/api/keys/${id}`)).formerUntil).toBe('2026-01-02T00:00:00.000Z');
  expect(await text(`/admin/keys/${id}`)).toContain('The previous secret still works');
  const third = await rotate('0');
  expect([await isTaken(second.key), await isTaken(third.key)]).toEqual([false, true]);
  expect(await rotate('soon')).toMatchObject({ code: 'bad_request' });
  expect((await auditedActions(gateway)).slice(1)).toEqual([
    { action: 'key_rotated', target: `key ${id}`, detail: 'Web shop' },
    { action: 'key_rotated', target: `key ${id}`, detail: 'Web shop' },
  ]);
});

it('a revoked key is refused at once and stays revoked; it is written down once', async () => {
  const { id = '', key } = (await create()).body;
  expect(await isTaken(key)).toBe(true);
  for (let count = 0; count < 2; count++) {
    const revoked = await browser.postJson(`/admin/api/keys/${id}/revoke`);
    expect([revoked.status, await revoked.json()]).toEqual([200, { id, message: 'The API key is revoked.' }]);
  }
  expect(await isTaken(key)).toBe(false);
  const rotated = await browser.postJson(`/admin/api/keys/${id}/rotate`);
  expect([rotated.status, await rotated.json()]).toEqual([
    409,
    { message: 'This API key is revoked. Create a new one instead.', code: 'key_revoked' },
  ]);
  const page = await text(`/admin/keys/${id}`);
  expect(page).toContain('Revoked since');
  expect(page).not.toMatch(/rotate"|\/revoke"/);
  expect((await auditedActions(gateway)).map(({ action }) => action)).toEqual(['key_created', 'key_revoked']);
});

it('what was filled in wrong is told in a sentence, and no key is made', async () => {
  for (const [fields, sentence] of [
    [{ name: ' ' }, 'A key needs a name.'],
    [{ scopes: [] }, 'A key needs at least one scope'],
    [{ scopes: ['admin:write'] }, 'There is no scope "admin:write".'],
    [{ scopes: { length: 1 } }, 'The scopes must be text.'],
    [{ allowedIps: { 0: '192.0.2.7' } }, 'The allowed addresses must be text.'],
    [{ ips: '192.0.2.7' }, 'A key has no "ips"'],
    [{ perCountry: 'EG=1,EG=900' }, 'There are two limits for "EG".'],
    [{ allowedIps: 'example.com' }, '"example.com" is no IP address'],
    [{ perDay: '-1' }, 'The codes a day must be a whole number from 1.'],
  ] as const) {
    const { status, body } = await create(fields);
    expect([status, body.code]).toEqual([400, 'bad_request']);
    expect(body.message).toContain(sentence);
  }
  expect((await json('/admin/api/keys')).keys).toEqual([]);
  expect(await text('/admin/keys')).toContain('There is no API key yet.');
  expect(await auditedActions(gateway)).toEqual([]);
});

it('a key has texts of its own on its page, until they are removed', async () => {
  const { id } = (await create()).body;
  const save = async (locale: string, template: string) => {
    const response = await browser.postJson(`/admin/api/keys/${id}/texts`, { locale, template });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  expect((await save('AR', EVIL)).body.message).toContain('The text must contain {{code}}');
  expect((await save('ar', `{{code}} ${EVIL}`)).body.message).toBe('The text is saved.');
  const page = await text(`/admin/keys/${id}`);
  expect(page).toContain('{{code}} &lt;script&gt;');
  expect(page).not.toContain(EVIL);
  expect((await save('ar', '')).body.message).toBe('The text is removed.');
  expect(await text(`/admin/keys/${id}`)).not.toContain('&lt;script&gt;');
});

it('a change needs the session’s token', async () => {
  const { id = '' } = (await create()).body;
  for (const path of ['/admin/api/keys', `/admin/api/keys/${id}/rotate`, `/admin/api/keys/${id}/revoke`]) {
    const body = { name: 'more', scopes: ['otp:send'] };
    const refused = await browser.postJson(path, body, { 'X-CSRF-Token': 'wrong' });
    expect([path, refused.status]).toEqual([path, 403]);
  }
  expect((await json('/admin/api/keys')).keys).toMatchObject([{ id, state: 'active', rotatedAt: null }]);
});

it('a key that is not there is a 404', async () => {
  const page = await browser.get('/admin/keys/Nothing1');
  expect(page.status).toBe(404);
  expect(await page.text()).toContain('<h1>Not found</h1>');
  expect((await browser.get('/admin/api/keys/Nothing1')).status).toBe(404);
  for (const action of ['rotate', 'revoke']) {
    const response = await browser.postJson(`/admin/api/keys/Nothing1/${action}`);
    expect([response.status, await response.json()]).toEqual([
      404,
      { message: 'There is no API key with this id.', code: 'key_unknown' },
    ]);
  }
});

it('a name is text, whatever stands in it', async () => {
  const { id = '' } = (await create({ name: EVIL })).body;
  await browser.postJson(`/admin/api/keys/${id}/revoke`);
  for (const path of ['/admin/keys', `/admin/keys/${id}`, '/admin/audit']) {
    const html = await text(path);
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('&lt;script&gt;alert');
  }
});

it('other methods are told the right one', async () => {
  const response = await browser.get('/admin/api/keys', { Accept: 'application/json' });
  expect(response.status).toBe(200);
  const refused = await browser.postForm('/admin/keys', {});
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

it('a key gets return addresses and test numbers, which its page shows without their codes', async () => {
  const { body } = await create({ scopes: ['verify'], returnUrls: 'https://shop.example.com/done' });
  const { id = '' } = body;
  const post = async (path: string, fields: object) => {
    const response = await browser.postJson(`/admin/api/keys/${id}/${path}`, fields);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  expect(await json(`/admin/api/keys/${id}`)).toMatchObject({
    returnUrls: ['https://shop.example.com/done'],
  });
  const urls = await post('return-urls', { returnUrls: 'https://app.example.com/, http://localhost:5173' });
  expect(urls).toMatchObject({
    status: 200,
    body: { returnUrls: ['https://app.example.com/', 'http://localhost:5173/'] },
  });
  expect((await post('return-urls', { returnUrls: 'app.example.com' })).status).toBe(400);

  const test = { to: '+1 202 555 0100', code: '4711', until: '30d', inProduction: 'yes' };
  expect(await post('test-numbers', test)).toMatchObject({ status: 200, body: { to: '+12025550100' } });
  for (const wrong of [{ to: 'nobody' }, { code: '47' }, { until: 'soon' }, { until: '2020-01-01' }]) {
    expect((await post('test-numbers', { ...test, ...wrong })).status).toBe(400);
  }
  const page = await text(`/admin/keys/${id}`);
  expect(page).toContain('+12025550100');
  expect(page).toContain('They also work in production.');
  expect(page).not.toContain('4711');
  expect((await post('test-numbers/remove', { to: '+12025550100' })).status).toBe(200);
  expect((await post('test-numbers/remove', { to: '+12025550100' })).status).toBe(400);
  expect((await auditedActions(gateway)).filter(({ action }) => action === 'key_changed')).toHaveLength(3);
  expect(JSON.stringify(await auditedActions(gateway))).not.toMatch(/12025550100|4711/);

  await browser.postJson(`/admin/api/keys/${id}/revoke`, {});
  expect((await post('test-numbers', test)).status).toBe(409);
});

it('a key refuses SMS for Twilio’s clients, and takes it again', async () => {
  const { id } = (await create({ scopes: ['verify'] })).body;
  const set = async (refuseSms: string) =>
    await (await browser.postJson(`/admin/api/keys/${id}/refuse-sms`, { refuseSms })).json();
  expect(await set('yes')).toMatchObject({ refusesSms: true });
  expect(await text(`/admin/keys/${id}`)).toContain('<option value="yes" selected>');
  expect(await set('perhaps')).toMatchObject({ code: 'bad_request' });
  expect(await set('no')).toMatchObject({ refusesSms: false });
  expect((await auditedActions(gateway)).slice(1).map(({ action }) => action)).toEqual([
    'key_changed',
    'key_changed',
  ]);
});
