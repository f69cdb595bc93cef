import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HookWithSecret } from '../../src/hooks/hooks.js';
import { createBrowser } from '../http/browser.js';
import { DATABASES } from '../support/databases.js';
import { reach } from '../support/reach.js';
import { changed, fixture } from './fixture.js';
import { BY, openWorld, type World } from './world.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const SMS = fixture('supabase-sms');
let numbers = 0;

/** A body of Supabase with a number that nobody has had a code for. */
function newBody(code = '561166'): { body: Buffer; phone: string } {
  const phone = `+2010012345${String(10 + numbers++)}`;
  const told = changed(
    changed(SMS, ['sms', 'phone'], phone.slice(1)),
    ['metadata', 'uuid'],
    `uuid ${phone} ${code}`,
  );
  return { body: changed(told, ['sms', 'otp'], code), phone };
}

describe.each(DATABASES)('a hook on %s', (kind) => {
  let world: World;
  let hook: HookWithSecret;

  beforeAll(async () => {
    world = await openWorld(kind, {
      asksFirst: true,
      limitRules: { 'contact-codes': { count: 3, periodMs: 10 * MINUTE_MS } },
    });
    hook = await world.create({ preset: 'supabase' });
  });
  afterAll(() => world.close());

  const call = (body: Buffer, made = hook) => world.post(made, body, world.signed(made, body));

  it('sends the code that an auth server hands over', async () => {
    const { body, phone } = newBody('561166');
    const answer = await call(body);
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await world.messageTo(phone)).toContain('561166');
    const job = await world.gateway.store
      .selectFrom('jobs')
      .select(['caller', 'purpose', 'code_id', 'created_at', 'expires_at', 'request_id'])
      .where('recipient', '=', phone)
      .executeTakeFirstOrThrow();
    expect(job).toMatchObject({ caller: `hook:${hook.hook.id}`, purpose: 'gateway', code_id: null });
    expect(job.request_id).toBe(answer.headers.get('x-request-id'));
    expect(job.expires_at - job.created_at).toBe(5 * MINUTE_MS);
    expect((await world.gateway.hooks.find(hook.hook.id)).lastUsedAt).not.toBeNull();
  });

  it('sends a code once, however often it is handed over while it lives', async () => {
    const { body, phone } = newBody();
    const together = await Promise.all([call(body), call(body), call(body)]);
    expect(together.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([200, '{}']));
    expect((await call(body)).text).toBe('{}');
    await world.messageTo(phone);
    expect(world.messagesTo(phone)).toHaveLength(1);
    await world.gateway.clock.advance(5 * MINUTE_MS);
    await call(body);
    await world.messageTo(phone, 2);
  });

  it('is answered within a second, whatever the code waits for, which is sent once all the same', async () => {
    const { gateway } = world;
    const { body, phone } = newBody();
    let letGo = () => {};
    const begun = new Promise<void>((begin) => {
      gateway.beforeHandedCode = async () => {
        begin();
        await new Promise<void>((resolve) => {
          letGo = resolve;
        });
      };
    });
    const first = call(body);
    await begun;
    let isAnswered = false;
    void first.then(() => {
      isAnswered = true;
    });
    await gateway.clock.advance(800);
    expect(isAnswered).toBe(false);
    await gateway.clock.advance(100);
    expect(await first).toMatchObject({ status: 200, body: { error: { http_code: 503 } } });
    const meanwhile = call(body);
    letGo();
    gateway.beforeHandedCode = async () => {};
    expect((await meanwhile).text).toBe('{}');
    expect((await call(body)).text).toBe('{}');
    await world.messageTo(phone);
    expect(world.messagesTo(phone)).toHaveLength(1);
  });

  it('refuses what is altered, old or signed by somebody else, and what is not signed', async () => {
    const { body, phone } = newBody();
    const good = world.signed(hook, body);
    const old = world.signed(hook, body, world.gateway.clock.now() - 6 * MINUTE_MS);
    const other = await world.create({ preset: 'supabase' });
    const altered = changed(body, ['sms', 'otp'], '000000');
    for (const [sent, headers] of [
      [altered, good],
      [body, old],
      [body, world.signed(other, body)],
      [body, {}],
    ] as const) {
      const answer = await world.post(hook, sent, headers);
      expect([answer.status, answer.body]).toEqual([
        401,
        { error: { http_code: 401, message: expect.any(String) } },
      ]);
    }
    expect(world.messagesTo(phone)).toEqual([]);
  });

  it('takes both secrets after a rotation, until the former one ends', async () => {
    const made = await world.create({ preset: 'supabase' });
    const next = await world.gateway.hooks.rotate(made.hook.id, {}, BY);
    expect(next.secret).not.toBe(made.secret);
    const formerUntil = world.gateway.clock.now() + DAY_MS;
    expect(next.hook).toMatchObject({ formerUntil, rotatedAt: world.gateway.clock.now() });
    for (const with_ of [made, next]) expect((await call(newBody().body, with_)).status).toBe(200);
    const last = await world.gateway.hooks.rotate(made.hook.id, { overlap: '0' }, BY);
    expect((await call(newBody().body, made)).status).toBe(401);
    expect((await call(newBody().body, next)).status).toBe(401);
    expect((await call(newBody().body, last)).status).toBe(200);
  });

  it('is gone once it is disabled or removed', async () => {
    const made = await world.create({ preset: 'supabase', template: 'Own {{code}}' });
    await world.gateway.hooks.setDisabled(made.hook.id, true, BY);
    expect((await call(newBody().body, made)).status).toBe(404);
    await world.gateway.hooks.setDisabled(made.hook.id, false, BY);
    expect((await call(newBody().body, made)).status).toBe(200);
    await world.gateway.hooks.remove(made.hook.id, BY);
    expect((await call(newBody().body, made)).status).toBe(404);
    await expect(world.gateway.hooks.rotate(made.hook.id, {}, BY)).rejects.toMatchObject({
      code: 'hook_unknown',
    });
    const texts = await world.gateway.store.selectFrom('own_texts').selectAll().execute();
    expect(texts.filter(({ caller }) => caller === `hook:${made.hook.id}`)).toEqual([]);
    const audited = await world.gateway.store
      .selectFrom('audit_log')
      .select(['action', 'detail', 'actor'])
      .where('target', '=', `hook ${made.hook.id}`)
      .orderBy('id')
      .execute();
    expect(audited.map(({ action }) => action)).toEqual([
      'hook_created',
      'hook_disabled',
      'hook_enabled',
      'hook_removed',
    ]);
    expect(audited[0]).toMatchObject({ actor: 'tester', detail: 'Supabase (supabase)' });
  });

  it('is not found under an id that no hook has, which the database may be unable to compare', async () => {
    for (const id of ['%00', 'a%00b', `${hook.hook.id}%00`, `${hook.hook.id}0`]) {
      const response = await fetch(`${world.gateway.url}/hooks/${id}`, { method: 'POST', body: '{}' });
      expect([id, response.status]).toEqual([id, 404]);
    }
    const operator = createBrowser(world.gateway);
    await operator.logIn();
    const { get, postJson } = operator;
    const base = '/admin/api/integrations/hooks/a%00b';
    const answers = await Promise.all([
      ...[base, '/admin/integrations/hooks/%00', '/admin/keys/%00', '/admin/verifications/a%00'].map((path) =>
        get(path),
      ),
      get('/admin/api/integrations/twilio?key=%00a'),
      ...['rotate', 'disable', 'enable', 'remove'].map((action) => postJson(`${base}/${action}`)),
      postJson('/admin/api/keys/%00/revoke'),
    ]);
    expect(answers.map(({ url, status }) => [url, status])).toEqual(answers.map(({ url }) => [url, 404]));
    await expect(world.gateway.hooks.remove('a\0b', BY)).rejects.toMatchObject({ code: 'hook_unknown' });
    const disabled = world.gateway.hooks.setDisabled('a\0b', true, BY);
    await expect(disabled).rejects.toMatchObject({ code: 'hook_unknown' });
  });

  it('has a text, a life and a route of its own', async () => {
    const made = await world.create({
      preset: 'supabase',
      template: 'Acme: {{code}}',
      ttl: '2m',
      route: 'whatsapp',
    });
    const { body, phone } = newBody('246810');
    await call(body, made);
    expect(await world.messageTo(phone)).toBe('Acme: 246810');
    const job = await world.gateway.store
      .selectFrom('jobs')
      .select(['created_at', 'expires_at'])
      .where('recipient', '=', phone)
      .executeTakeFirstOrThrow();
    expect(job.expires_at - job.created_at).toBe(2 * MINUTE_MS);
    const elsewhere = await world.create({ preset: 'supabase', route: 'sms' });
    expect((await call(newBody().body, elsewhere)).body).toMatchObject({ error: { http_code: 503 } });
  });

  it('refuses more codes than a person may get, in words for the person', async () => {
    const { body, phone } = newBody('100001');
    const bodies = [1, 2, 3, 4].map((at) => changed(body, ['metadata', 'uuid'], `uuid ${phone} ${at}`));
    const answers = [];
    for (const each of bodies) answers.push(await call(each));
    expect(answers.map(({ text }) => text).slice(0, 3)).toEqual(['{}', '{}', '{}']);
    expect(answers[3]).toMatchObject({
      status: 200,
      body: {
        error: { http_code: 429, message: 'Too many codes were asked for. Please try again in 10 minutes.' },
      },
    });
  });

  it('refuses what is no number, and messages without a code', async () => {
    const wrong = changed(SMS, ['sms', 'phone'], '12');
    expect(await call(wrong)).toMatchObject({ status: 200, body: { error: { http_code: 422 } } });
    const link = changed(SMS, ['sms', 'otp'], 'https://app.example.com/?token=abc');
    expect(await call(link)).toMatchObject({ status: 200, body: { error: { http_code: 422 } } });
    expect(await call(Buffer.from('{"sms'))).toMatchObject({ status: 400 });
    const huge = changed(SMS, ['user', 'user_metadata'], 'x'.repeat(256 * 1_024));
    expect(await call(huge)).toMatchObject({ status: 400, body: { error: { http_code: 400 } } });
    const large = changed(newBody().body, ['user', 'user_metadata'], 'x'.repeat(200 * 1_024));
    expect(await call(large)).toMatchObject({ status: 200, body: {} });
  });

  it('says that a number is not on WhatsApp, for the minute in which that is known', async () => {
    const { clock, store } = world.gateway;
    const { body, phone } = newBody();
    const missing = { account: 'default', recipient: phone, checked_at: clock.now(), jid: null, lid: null };
    await store.insertInto('recipients').values(missing).execute();
    expect(await call(body)).toMatchObject({
      status: 200,
      body: { error: { http_code: 422, message: 'This number is not on WhatsApp.' } },
    });
    await clock.advance(MINUTE_MS);
    expect((await call(body)).text).toBe('{}');
  });

  it('tells a person out of reach to write first, with a link that opens the way', async () => {
    const { sender, clock, store } = world.gateway;
    const { body, phone } = newBody('909090');
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + DAY_MS });
    const refused = await call(body);
    expect(refused).toMatchObject({ status: 200, body: { error: { http_code: 503 } } });
    const sentence = /open (https:\/\/wa\.me\/15550000000\?text=\S+) and press Send there, then ask again/;
    const link = sentence.exec(refused.text)?.[1];
    expect(link).toBeDefined();
    // Whoever asks again gets the same one; it confirms the number, and holds no code that is of no use.
    const again = await call(changed(body, ['metadata', 'uuid'], 'another uuid'));
    expect(sentence.exec(again.text)?.[1]).toBe(link);
    const code = await store
      .selectFrom('codes')
      .selectAll()
      .where('contact', '=', phone)
      .executeTakeFirstOrThrow();
    expect(code).toMatchObject({ proof: 'message', status: 'pending', caller: `hook:${hook.hook.id}` });
    expect(code.request_id).toBe(refused.headers.get('x-request-id'));
    await reach(store, clock.now(), phone);
    expect((await call(body)).text).toBe('{}');
    sender.set({ state: 'READY', restrictedUntil: null });
    expect(await world.messageTo(phone)).toContain('909090');
  });
});
