import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hold } from '../../database/queries/hold.js';
import { API_KEY, type Gateway, startGateway } from '../http/harness.js';
import { DATABASES } from '../support/databases.js';
import { until } from '../support/until.js';
import { openReceiver, type Receiver } from './receiver.js';

const BY = { actor: 'test', address: '192.0.2.7' };
const NO_LIMITS = {
  perMinute: null,
  codesPerMinute: null,
  codesPerHour: null,
  perDay: null,
  perCountry: null,
};

describe.each(DATABASES)('/api/v1/webhooks on %s', (kind) => {
  let gateway: Gateway;
  let receiver: Receiver;
  let key: string;
  beforeAll(async () => {
    [gateway, receiver] = await Promise.all([startGateway({ databaseKind: kind }), openReceiver()]);
    ({ key } = await keyWith('webhooks:manage'));
  });
  afterAll(async () => {
    await gateway.close();
    await receiver.close();
  });

  const keyWith = (scope: 'webhooks:manage' | 'verify') => {
    const order = { name: scope, scopes: [scope], allowedIps: null, limits: NO_LIMITS, expiresAt: null };
    return gateway.callers.keys.create({ ...order, returnUrls: null }, BY);
  };

  async function call(method: string, path: string, body?: unknown, as = API_KEY) {
    const response = await fetch(`${gateway.url}/api/v1/webhooks${path}`, {
      method,
      headers: { 'X-API-KEY': as, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, body: text === '' ? {} : JSON.parse(text) };
  }

  it('makes one, shows it without its secret, changes it, tests it and removes it', async () => {
    const made = await call('POST', '', { url: `${receiver.url}/hook`, events: ['code.sent'] });
    const { id, secret } = made.body;
    expect(made).toMatchObject({
      status: 201,
      body: { events: ['code.sent'], fullNumbers: false, enabled: true },
    });
    expect([id, secret]).toEqual([
      expect.stringMatching(/^wh_[\w-]{22}$/),
      expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    ]);
    const { secret: _, ...shown } = made.body;
    expect(await call('GET', '')).toMatchObject({ status: 200, body: { webhooks: [shown] } });
    expect((await call('GET', `/${id}`)).body).toEqual(shown);
    expect((await call('GET', '')).text).not.toContain('whsec_');

    const changed = await call('PATCH', `/${id}`, { events: null, fullNumbers: true, enabled: false });
    expect(changed.body).toMatchObject({
      events: null,
      fullNumbers: true,
      enabled: false,
      disabledFor: 'operator',
    });
    const rotated = await call('POST', `/${id}/rotate`);
    expect(rotated).toMatchObject({ status: 200, body: { id, formerSecretUntil: expect.any(String) } });
    expect(rotated.body.secret).not.toBe(secret);

    const tested = await call('POST', `/${id}/test`);
    expect(tested).toMatchObject({
      status: 200,
      body: {
        type: 'webhook.test',
        status: 'arrived',
        attempts: 1,
        lastAttempt: { httpStatus: 204, problem: null },
      },
    });
    const [got] = await receiver.got(1, '/hook');
    expect(got?.event).toMatchObject({ type: 'webhook.test', data: { webhookId: id } });
    expect(await call('GET', `/${id}/deliveries`)).toMatchObject({ body: { deliveries: [tested.body] } });
    expect(await call('GET', `/${id}/deliveries?status=dead`)).toMatchObject({ body: { deliveries: [] } });

    receiver.answers.set('/hook', (res) => void res.writeHead(500).end());
    const failed = await call('POST', `/${id}/test`);
    expect(failed.body).toMatchObject({ status: 'dead', lastAttempt: { httpStatus: 500 } });
    const replay = () => call('POST', `/${id}/deliveries/${failed.body.id}/replay`);
    expect(await replay()).toMatchObject({ status: 200, body: { status: 'waiting', attempts: 0 } });
    expect(await replay()).toMatchObject({ status: 409, body: { code: 'delivery_not_dead' } });

    expect(await call('DELETE', `/${id}`)).toMatchObject({ status: 204, text: '' });
    expect(await call('GET', `/${id}`)).toMatchObject({ status: 404, body: { code: 'webhook_not_found' } });
  });

  it('is for keys with the scope, each of which has its own', async () => {
    const { key: other } = await keyWith('webhooks:manage');
    const { key: without } = await keyWith('verify');
    const { body } = await call('POST', '', { url: receiver.url }, key);
    expect((await call('GET', '', undefined, key)).body.webhooks).toHaveLength(1);
    for (const as of [other, API_KEY]) {
      expect((await call('GET', '', undefined, as)).body.webhooks).toHaveLength(0);
      const paths = ['', '/rotate', '/test', '/deliveries', '/deliveries/msg_1/replay'];
      for (const path of paths) {
        const method = path === '' || path === '/deliveries' ? 'GET' : 'POST';
        expect(await call(method, `/${body.id}${path}`, undefined, as)).toMatchObject({ status: 404 });
      }
      expect(await call('PATCH', `/${body.id}`, {}, as)).toMatchObject({ status: 404 });
      expect(await call('DELETE', `/${body.id}`, undefined, as)).toMatchObject({ status: 404 });
    }
    expect(await call('GET', '', undefined, without)).toMatchObject({
      status: 403,
      body: { code: 'scope_missing' },
    });
    expect((await call('GET', '', undefined, 'nobody')).status).toBe(401);
    expect(await call('PUT', `/${body.id}`)).toMatchObject({
      status: 405,
      body: { code: 'method_not_allowed' },
    });
    await call('DELETE', `/${body.id}`, undefined, key);
  });

  it('stands in the audit log, whatever is done to it', async () => {
    const { id, key: own } = await keyWith('webhooks:manage');
    const { body } = await call('POST', '', { url: `${receiver.url}/audited?token=t0k3n` }, own);
    await call('PATCH', `/${body.id}`, { events: null }, own);
    await call('PATCH', `/${body.id}`, { enabled: false }, own);
    for (const act of ['rotate', 'test']) await call('POST', `/${body.id}/${act}`, undefined, own);
    await call('DELETE', `/${body.id}`, undefined, own);
    const entries = await gateway.store
      .selectFrom('audit_log')
      .select(['action', 'actor', 'detail'])
      .where('target', '=', `webhook ${body.id}`)
      .orderBy('id')
      .execute();
    const did = ['created', 'changed', 'disabled', 'rotated', 'tested', 'removed'];
    const host = new URL(receiver.url).host;
    expect(entries).toEqual(
      did.map((what) => ({ action: `webhook_${what}`, actor: `API key ${id}`, detail: host })),
    );
  });

  it('is not found under ids that are none', async () => {
    const { body } = await call('POST', '', { url: receiver.url });
    for (const id of ['%00', 'wh_%00', `${body.id}%00`]) {
      const paths = ['', '/rotate', '/test', '/deliveries', '/deliveries/msg_1/replay'];
      for (const path of paths) {
        const method = path === '' || path === '/deliveries' ? 'GET' : 'POST';
        expect(await call(method, `/${id}${path}`)).toMatchObject({ status: 404 });
      }
      expect(await call('PATCH', `/${id}`, { enabled: true })).toMatchObject({ status: 404 });
      expect(await call('DELETE', `/${id}`)).toMatchObject({ status: 404 });
    }
    expect(await call('POST', `/${body.id}/deliveries/%00/replay`)).toMatchObject({
      status: 404,
      body: { code: 'delivery_not_found' },
    });
    await call('DELETE', `/${body.id}`);
  });

  it.each([
    [{}, 'url must be an address'],
    [{ url: 7 }, 'url must be an address'],
    [{ url: 'ftp://example.com' }, 'url must be an http'],
    [{ url: 'https://a:b@example.com' }, 'without a name or password'],
    [{ url: 'https://example.com', events: [] }, 'events must be a list'],
    [{ url: 'https://example.com', events: ['code.sent', 'nothing'] }, 'events must be a list'],
    [{ url: 'https://example.com', events: 'code.sent' }, 'events must be a list'],
    [{ url: 'https://example.com', fullNumbers: 'yes' }, 'fullNumbers must be true or false'],
  ])('refuses %j', async (body, message) => {
    const refused = await call('POST', '', body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'fields_invalid' } });
    expect(refused.body.message).toContain(message);
  });

  it('hears nothing more when the key is revoked', async () => {
    const { id, key: revoked } = await keyWith('webhooks:manage');
    const { body } = await call('POST', '', { url: receiver.url }, revoked);
    await gateway.callers.keys.revoke(id, BY);
    const row = gateway.store
      .selectFrom('webhook_endpoints')
      .select('disabled_for')
      .where('id', '=', body.id);
    expect(await row.executeTakeFirst()).toEqual({ disabled_for: 'operator' });
  });

  it('has room for 20 of a key', async () => {
    const create = () => call('POST', '', { url: receiver.url }, key);
    for (let made = 0; made < 20; made++) await create();
    expect(await create()).toMatchObject({ status: 409, body: { code: 'webhooks_full' } });
  });

  it.runIf(kind === 'postgres')('waits for another of the key that is being made', async () => {
    const { id, key: own } = await keyWith('webhooks:manage');
    const create = () => call('POST', '', { url: receiver.url }, own);
    for (let made = 0; made < 19; made++) await create();
    const waits = () =>
      gateway.store
        .selectNoFrom(
          sql<boolean>`EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database()))`.as('waits'),
        )
        .executeTakeFirstOrThrow();
    const last = await gateway.store.transaction().execute(async (trx) => {
      await hold(trx, `webhooks of key:${id}`);
      const making = create();
      await Promise.race([making, until('it waits', async () => (await waits()).waits)]);
      const row = { id: 'wh_0000000000000000000000', url: receiver.url, secret: '', created_at: 1 };
      await trx
        .insertInto('webhook_endpoints')
        .values({ ...row, caller: `key:${id}` })
        .execute();
      return { making };
    });
    expect(await last.making).toMatchObject({ status: 409, body: { code: 'webhooks_full' } });
  });
});
