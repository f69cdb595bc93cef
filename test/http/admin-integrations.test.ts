import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { sidsOf } from '../../src/twilio/sids.js';
import { auditedActions } from './audited.js';
import { type Browser, createBrowser } from './browser.js';
import { type Gateway, startGateway } from './harness.js';

const HOOKS = '/admin/api/integrations/hooks';
const WEBHOOKS = '/admin/api/integrations/webhooks';
const EVIL = '<script>alert(1)</script>"\'';

let gateway: Gateway;
let browser: Browser;
beforeAll(async () => {
  gateway = await startGateway();
  browser = createBrowser(gateway);
  await browser.logIn();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  for (const table of ['audit_log', 'hooks', 'webhook_deliveries', 'webhook_endpoints'] as const) {
    await gateway.store.deleteFrom(table).execute();
  }
});

const text = async (path: string) => (await browser.get(path)).text();
const json = async (path: string) => JSON.parse(await text(path));
async function post(path: string, body?: object) {
  const response = await browser.postJson(path, body);
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
const actions = async () => (await auditedActions(gateway)).map(({ action }) => action);

/** A back end that answers every event with this status. */
async function startReceiver(status: number): Promise<string> {
  const server = createServer((req, res) => {
    req.resume();
    res.writeHead(status).end(`${EVIL} answered`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
}

it('the overview says what there is, and where to begin', async () => {
  const empty = await text('/admin/integrations');
  expect(empty).toContain('There is no hook yet.');
  expect(empty).toContain('href="/admin/integrations/webhooks/new"');
  await post(HOOKS, { preset: 'supabase' });
  await post(WEBHOOKS, { caller: 'env', url: 'https://example.com/events' });
  expect((await text('/admin/integrations')).match(/1 of 1 in use/g)).toHaveLength(2);
});

it('Twilio’s clients are told an account, a service and a key for each API key', async () => {
  const environment = sidsOf('env');
  expect(await json('/admin/api/integrations/twilio')).toEqual({
    accountSid: environment.account,
    serviceSid: environment.service,
    keySid: environment.key,
  });
  const { body } = await post('/admin/api/keys', { name: EVIL, scopes: ['otp:send'] });
  const own = sidsOf(`key:${body.id}`);
  expect(await json(`/admin/api/integrations/twilio?key=${body.id}`)).toMatchObject({
    accountSid: own.account,
  });
  const page = await text(`/admin/integrations/twilio?key=${body.id}`);
  for (const sid of [own.account, own.service, own.key]) expect(page).toContain(sid);
  expect(page).toContain('client.verify.baseUrl');
  expect(page).toContain('client.verify.base_url');
  expect(page).toContain('lacks the scope verify');
  expect(page).not.toContain('<script>alert');
  expect((await browser.get('/admin/integrations/twilio?key=nothing')).status).toBe(404);
});

it('a hook is made for an auth server, and its secret is told once', async () => {
  expect(await text('/admin/integrations/hooks')).toContain('preset=supabase');
  expect(await text('/admin/integrations/hooks/new?preset=supabase')).not.toContain('name="to"');
  expect(await text('/admin/integrations/hooks/new?preset=generic')).toContain('name="to"');

  const { status, body } = await post(HOOKS, {
    preset: 'supabase',
    name: EVIL,
    ttl: '2m',
    route: 'whatsapp',
  });
  expect([status, body]).toEqual([
    201,
    {
      id: expect.any(String),
      url: expect.stringMatching(/\/hooks\//),
      secret: expect.stringMatching(/^whsec_/),
      authorization: null,
      setup: expect.arrayContaining([expect.stringContaining('Supabase')]),
      message: 'The hook is created.',
    },
  ]);
  expect(await json(`${HOOKS}/${body.id}`)).toMatchObject({ name: EVIL, ttlSeconds: 120, state: 'active' });
  const rotated = await post(`${HOOKS}/${body.id}/rotate`, { overlap: '1h' });
  expect(rotated).toMatchObject({ status: 200, body: { url: body.url } });
  for (const path of ['hooks', `hooks/${body.id}`]) {
    const page = await text(`/admin/integrations/${path}`);
    expect(page).not.toContain('<script>alert');
    for (const secret of [body.secret, rotated.body.secret]) {
      expect(page + (await text(`/admin/api/integrations/${path}`))).not.toContain(secret);
    }
  }
  expect(await text(`/admin/integrations/hooks/${body.id}`)).toContain('The previous secret still works');
  expect(await text('/admin/audit')).toContain(`href="/admin/integrations/hooks/${body.id}"`);
  expect(JSON.stringify(await auditedActions(gateway))).not.toContain('whsec_');
});

it('a secret that the auth server makes is handed over once the address is known, and told nobody', async () => {
  expect(await text('/admin/integrations/hooks/new?preset=zitadel')).toContain('name="secret"');
  const { status, body } = await post(HOOKS, { preset: 'zitadel' });
  expect([status, body.secret]).toEqual([201, null]);
  const rotate = (fields: object) => post(`${HOOKS}/${body.id}/rotate`, { overlap: '0', ...fields });
  expect((await rotate({})).status).toBe(400);
  expect(await rotate({ secret: 'their-signing-key' })).toMatchObject({
    status: 200,
    body: { secret: null },
  });
  expect(await text(`/admin/integrations/hooks/${body.id}`)).not.toContain('their-signing-key');
});

it('a hook is disabled, enabled and removed, each of it written down', async () => {
  const { id } = (await post(HOOKS, { preset: 'generic', to: '/user/phone', code: '/otp' })).body;
  expect(await text(`/admin/integrations/hooks/${id}`)).toContain('/user/phone');
  expect((await post(`${HOOKS}/${id}/disable`)).body.message).toBe('The hook is disabled.');
  expect(await text(`/admin/integrations/hooks/${id}`)).toContain('It refuses everything.');
  expect((await post(`${HOOKS}/${id}/enable`)).body.state).toBe('active');
  expect((await post(`${HOOKS}/${id}/remove`)).status).toBe(200);
  expect((await browser.get(`/admin/integrations/hooks/${id}`)).status).toBe(404);
  expect(await actions()).toEqual(['hook_created', 'hook_disabled', 'hook_enabled', 'hook_removed']);
});

it('what was filled in wrong for a hook is told in a sentence, and none is made', async () => {
  for (const [fields, sentence] of [
    [{}, 'The preset must be a text.'],
    [{ preset: 'nobody' }, 'There is no preset "nobody"'],
    [{ preset: 'generic', to: 'phone' }, 'is no JSON pointer'],
    [{ preset: 'supabase', ttl: '1s' }, 'Codes live from'],
    [{ preset: 'supabase', template: 'Hello' }, '{{code}}'],
  ] as const) {
    const { status, body } = await post(HOOKS, fields);
    expect([status, body.code]).toEqual([400, 'bad_request']);
    expect(body.message).toContain(sentence);
  }
  expect(await json(HOOKS)).toEqual({ hooks: [] });
});

it('a webhook is made for a key, and its secret is told once', async () => {
  const key = (await post('/admin/api/keys', { name: 'Web shop', scopes: ['verify'] })).body;
  const caller = `key:${key.id}`;
  expect(await text('/admin/integrations/webhooks/new')).toContain(`<option value="${caller}">Web shop`);
  const url = 'https://example.com/events?token=t0k3n';
  const { status, body } = await post(WEBHOOKS, {
    caller,
    url,
    events: ['code.sent', 'code.accepted'],
    fullNumbers: 'yes',
  });
  expect([status, body]).toEqual([
    201,
    {
      id: expect.any(String),
      url,
      secret: expect.stringMatching(/^whsec_/),
      message: 'The webhook is created.',
    },
  ]);
  expect(await json(`${WEBHOOKS}/${body.id}`)).toMatchObject({
    caller,
    url,
    events: ['code.accepted', 'code.sent'],
    fullNumbers: true,
    state: 'active',
  });
  const rotated = (await post(`${WEBHOOKS}/${body.id}/rotate`)).body;
  const page = await text(`/admin/integrations/webhooks/${body.id}`);
  expect(page).toContain('The previous secret signs beside the new one');
  expect(page).toMatch(/value="code\.sent" checked/);
  const list = await text('/admin/integrations/webhooks');
  expect(list).toContain('Web shop');
  expect(list).not.toContain('t0k3n');
  for (const secret of [body.secret, rotated.secret]) expect(page + list).not.toContain(secret);
  expect(await text(`/admin/keys/${key.id}`)).toContain('Its webhook goes on, with a secret of its own');
  await post(`${WEBHOOKS}/${body.id}`, { url: 'https://example.com/others', events: [] });
  expect(await json(`${WEBHOOKS}/${body.id}`)).toMatchObject({ events: null, fullNumbers: false });
  expect(await auditedActions(gateway)).toEqual([
    expect.objectContaining({ action: 'key_created' }),
    { action: 'webhook_created', target: `webhook ${body.id}`, detail: 'example.com' },
    { action: 'webhook_rotated', target: `webhook ${body.id}`, detail: 'example.com' },
    { action: 'webhook_changed', target: `webhook ${body.id}`, detail: 'example.com' },
  ]);
});

it('what was filled in wrong for a webhook is told in a sentence, and none is made', async () => {
  const right = { caller: 'env', url: 'https://example.com/' };
  for (const [fields, sentence] of [
    [{ url: '' }, 'A webhook needs an address.'],
    [{ url: 'example.com' }, 'url'],
    [{ caller: 'key:Nothing1' }, 'There is no API key with this id.'],
    [{ caller: 'contract:phone' }, 'There is no API key with this id.'],
    [{ events: ['code.eaten'] }, 'There is no event "code.eaten".'],
    [{ events: 'code.sent' }, 'The events must be a list.'],
  ] as const) {
    const { status, body } = await post(WEBHOOKS, { ...right, ...fields });
    expect([sentence, status]).toEqual([sentence, 400]);
    expect(body.message).toContain(sentence);
  }
  expect(await json(WEBHOOKS)).toEqual({ webhooks: [] });
});

it('a test shows whether a back end answers, with the beginning of what it said', async () => {
  const { id } = (await post(WEBHOOKS, { caller: 'env', url: await startReceiver(204) })).body;
  expect((await post(`${WEBHOOKS}/${id}/test`)).body).toMatchObject({
    status: 'arrived',
    message: expect.stringMatching(/^The test arrived: HTTP 204 after/),
  });
  await post(`${WEBHOOKS}/${id}`, { url: await startReceiver(500) });
  expect((await post(`${WEBHOOKS}/${id}/test`)).body).toMatchObject({
    status: 'dead',
    problem: expect.stringMatching(/^The test did not arrive: .*500/),
  });
  const page = await text(`/admin/integrations/webhooks/${id}`);
  expect(page).toContain('HTTP 204');
  expect(page).toContain('HTTP 500');
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page).not.toContain('<script>alert');
  const { deliveries } = await json(`${WEBHOOKS}/${id}/deliveries?status=dead`);
  expect(deliveries).toMatchObject([
    { type: 'webhook.test', status: 'dead', lastAttempt: { httpStatus: 500 } },
  ]);
  expect((await browser.get(`/admin/integrations/webhooks/${id}?status=lost`)).status).toBe(400);
});

it('what was given up is sent again, one or all of it', async () => {
  const { id } = (await post(WEBHOOKS, { caller: 'env', url: await startReceiver(500) })).body;
  for (let count = 0; count < 3; count++) await post(`${WEBHOOKS}/${id}/test`);
  const [first] = (await json(`${WEBHOOKS}/${id}/deliveries`)).deliveries;
  const replay = `${WEBHOOKS}/${id}/deliveries/${first.id}/replay`;
  expect(await text(`/admin/integrations/webhooks/${id}?status=dead`)).toContain(`data-post="${replay}"`);
  expect((await post(replay)).body).toMatchObject({ id: first.id, status: 'waiting' });
  expect((await post(replay)).body.code).toBe('delivery_not_dead');
  expect((await post(`${WEBHOOKS}/${id}/replay`)).body.message).toBe('2 events are sent again.');
  expect((await post(`${WEBHOOKS}/${id}/replay`)).body.message).toBe('Nothing was given up.');
  expect(await json(`${WEBHOOKS}/${id}/deliveries?status=dead`)).toEqual({ deliveries: [] });
  expect((await post(`${WEBHOOKS}/${id}/deliveries/msg_nothing/replay`)).status).toBe(404);
  expect((await actions()).slice(-2)).toEqual(['webhook_replayed', 'webhook_replayed']);
});

it('a webhook is disabled, enabled and removed; why it is disabled stands there', async () => {
  const { id } = (await post(WEBHOOKS, { caller: 'env', url: 'https://example.com/' })).body;
  const page = () => text(`/admin/integrations/webhooks/${id}`);
  await post(`${WEBHOOKS}/${id}/disable`);
  expect(await page()).toContain('Nothing is sent to it until it is enabled again.');
  await gateway.store.updateTable('webhook_endpoints').set({ disabled_for: 'gone' }).execute();
  expect(await page()).toContain('It answered 410 Gone');
  await post(`${WEBHOOKS}/${id}/enable`);
  await gateway.store.updateTable('webhook_endpoints').set({ failing_since: gateway.clock.now() }).execute();
  expect(await page()).toContain('After five days it is disabled.');
  expect(await text('/admin/integrations')).toContain('1 failing');
  await post(`${WEBHOOKS}/${id}/remove`);
  expect((await browser.get(`/admin/integrations/webhooks/${id}`)).status).toBe(404);
  expect((await actions()).slice(1)).toEqual(['webhook_disabled', 'webhook_enabled', 'webhook_removed']);
});

it('every change needs the session’s token, and every page a session', async () => {
  const hook = (await post(HOOKS, { preset: 'generic' })).body;
  const webhook = (await post(WEBHOOKS, { caller: 'env', url: 'https://example.com/' })).body;
  const of = (path: string, names: string[]) => names.map((name) => `${path}/${name}`);
  const paths = [
    HOOKS,
    ...of(`${HOOKS}/${hook.id}`, ['rotate', 'disable', 'enable', 'remove']),
    WEBHOOKS,
    `${WEBHOOKS}/${webhook.id}`,
    ...of(`${WEBHOOKS}/${webhook.id}`, ['rotate', 'disable', 'enable', 'remove', 'test', 'replay']),
  ];
  for (const path of paths) {
    expect([path, (await browser.postJson(path, {}, { 'X-CSRF-Token': 'wrong' })).status]).toEqual([
      path,
      403,
    ]);
  }
  expect(await actions()).toEqual(['hook_created', 'webhook_created']);
  const stranger = createBrowser(gateway);
  for (const path of ['', '/twilio', '/hooks', '/webhooks']) {
    expect((await stranger.get(`/admin/integrations${path}`)).headers.get('location')).toBe('/admin/login');
    if (path) expect((await stranger.get(`/admin/api/integrations${path}`)).status).toBe(401);
  }
});
