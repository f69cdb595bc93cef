import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HookWithSecret } from '../../../src/hooks/hooks.js';
import { captureLogging } from '../../logging/capture.js';
import { changed, fixture } from '../fixture.js';
import { BY, openWorld, type World } from '../world.js';
import { signedAs } from './signing.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Where each has what. `doubles` is how long it knows the same request. */
const SERVERS = [
  {
    preset: 'kratos',
    body: 'kratos-login',
    to: ['recipient'],
    code: ['template_data', 'login_code'],
    doubles: 5,
  },
  { preset: 'authgear', body: 'authgear', to: ['to'], code: ['template_variables', 'code'], doubles: 2 },
  { preset: 'logto', body: 'logto', to: ['to'], code: ['payload', 'code'], doubles: 5 },
  {
    preset: 'zitadel',
    body: 'zitadel',
    to: ['contextInfo', 'recipientPhoneNumber'],
    code: ['args', 'code'],
    doubles: 5,
  },
  { preset: 'authentik', body: 'authentik', to: ['To'], code: ['Body'], doubles: 2 },
  { preset: 'fusionauth', body: 'fusionauth', to: ['phoneNumber'], code: ['code'], doubles: 5 },
] as const;

const logging = captureLogging();
let world: World;
const made = new Map<string, HookWithSecret>();
let numbers = 0;

beforeAll(async () => {
  world = await openWorld('sqlite', { asksFirst: true, log: logging.log });
  for (const { preset } of SERVERS) made.set(preset, await world.create({ preset }));
});
afterAll(() => world.close());

describe.each(SERVERS)('a hook for $preset', ({ preset, body, to, code, doubles }) => {
  const hook = () => made.get(preset) as HookWithSecret;
  const newBody = (value = `7362${10 + numbers}`) => {
    const phone = `+2010098765${String(10 + numbers++)}`;
    return { phone, raw: changed(changed(fixture(body), to, phone), code, value) };
  };
  const call = (raw: Buffer, headers = signedAs(preset, hook(), raw, world.gateway.clock.now())) =>
    world.post(hook(), raw, headers);

  it('sends the code once, and again only when the same request is no double any more', async () => {
    const { phone, raw } = newBody('736251');
    const first = await call(raw);
    expect(first.status).toBe(200);
    expect(first.body).toEqual(preset === 'authgear' ? { code: 'ok' } : {});
    expect(await world.messageTo(phone)).toContain('736251');
    expect((await call(raw)).text).toBe(first.text);
    await world.gateway.clock.advance(MINUTE_MS);
    expect((await call(raw)).text).toBe(first.text);
    expect(world.messagesTo(phone)).toHaveLength(1);
    await world.gateway.clock.advance(doubles * MINUTE_MS);
    await call(raw);
    await world.messageTo(phone, 2);
  });

  it('refuses what is altered, or signed with another secret', async () => {
    const { phone, raw } = newBody();
    const now = world.gateway.clock.now();
    const stranger = { secret: 'of-somebody-else', authorization: 'Bearer of-somebody-else' };
    const refused = [await call(raw, signedAs(preset, stranger, raw, now)), await call(raw, {})];
    if (preset === 'authgear' || preset === 'zitadel') {
      const altered = changed(raw, code, '000000');
      refused.push(await call(altered, signedAs(preset, hook(), raw, now)));
    }
    if (preset === 'zitadel') {
      refused.push(await call(raw, signedAs(preset, hook(), raw, now - 6 * MINUTE_MS)));
    }
    for (const answer of refused) expect(answer.status).toBe(401);
    if (preset === 'authgear') expect(refused[0]?.body).toMatchObject({ code: 'authentication_failed' });
    expect(world.messagesTo(phone)).toEqual([]);
  });

  it('answers a wrong number in the words of the server', async () => {
    const answer = await call(changed(fixture(body), to, '12'));
    const sentence = 'This is no phone number in international form, and no e-mail address.';
    const expected = {
      kratos: [200, { code: 'phone_number_invalid', message: sentence }],
      authgear: [422, { code: 'invalid_phone_number', description: sentence }],
      logto: [422, { code: 'phone_number_invalid', message: sentence }],
      zitadel: [200, { code: 'phone_number_invalid', message: sentence }],
      authentik: [400, false],
      fusionauth: [400, { code: 'phone_number_invalid', message: sentence }],
    } as const;
    const [status, told] = expected[preset];
    expect(answer.status).toBe(status);
    if (told === false) expect(answer.text).toBe(sentence);
    else expect(answer.body).toMatchObject(told);
  });

  it('says that nothing can be sent, with the link to write first where a person reads it', async () => {
    const { sender, clock } = world.gateway;
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + DAY_MS });
    const { raw } = newBody();
    const answer = await call(raw);
    sender.set({ state: 'READY', restrictedUntil: null });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    const hasLink = /open https:\/\/wa\.me\/\S+ and press Send there, then ask again/.test(answer.text);
    expect(hasLink).toBe(preset === 'authentik');
    if (preset === 'authgear') expect(answer.body).toMatchObject({ code: 'timeout' });
  });
});

it('Kratos tells how long its codes live', async () => {
  const phone = '+201009876400';
  const raw = changed(fixture('kratos-login'), ['recipient'], phone);
  const hook = made.get('kratos') as HookWithSecret;
  expect((await world.post(hook, raw, signedAs('kratos', hook, raw, 0))).status).toBe(200);
  const job = await world.gateway.store
    .selectFrom('jobs')
    .select(['created_at', 'expires_at'])
    .where('recipient', '=', phone)
    .executeTakeFirstOrThrow();
  expect(job.expires_at - job.created_at).toBe(15 * MINUTE_MS);
});

it('the secret of Authgear and of ZITADEL may come once they have made it', async () => {
  for (const preset of ['authgear', 'zitadel']) {
    const hook = await world.create({ preset });
    expect(hook.setup.join('\n')).toContain(`rotate ${hook.hook.id} --secret-file -`);
    await expect(world.gateway.hooks.rotate(hook.hook.id, {}, BY)).rejects.toMatchObject({
      code: 'bad_request',
    });
    const key = 'Xq2F-made-by-the-server';
    const next = await world.gateway.hooks.rotate(hook.hook.id, { secret: `${key}\n`, overlap: '0' }, BY);
    expect(next.secret).toBe(key);
    const raw = fixture(preset);
    const at = world.gateway.clock.now();
    expect((await world.post(hook, raw, signedAs(preset, hook, raw, at))).status).toBe(401);
    expect((await world.post(hook, raw, signedAs(preset, next, raw, at))).status).toBe(200);
    const given = await world.create({ preset, secret: key });
    expect(given.secret).toBe(key);
  }
});

it('and the log has no number, no code and no secret', () => {
  const printed = logging.printed();
  expect(printed).toContain('a hook was called');
  expect(printed).not.toMatch(/2010098765|20100123|736251|JQ4K7M|482910/);
  for (const { secret } of made.values()) expect(printed).not.toContain(secret);
});
