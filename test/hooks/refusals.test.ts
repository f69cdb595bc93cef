import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../src/channels/channel.js';
import type { MailSender } from '../../src/channels/email/index.js';
import type { HookWithSecret } from '../../src/hooks/hooks.js';
import { captureLogging } from '../logging/capture.js';
import { changed, fixture } from './fixture.js';
import { openWorld, type World } from './world.js';

const logging = captureLogging({ level: 'debug' });
const mails: OutgoingMessage[] = [];
const mail: MailSender = {
  async send(message) {
    await message.beforeWrite();
    mails.push(message);
    return { acceptedAt: 0 };
  },
  trouble: () => null,
  onTrouble: () => () => {},
  close() {},
};

let world: World;
let supabase: HookWithSecret;
let generic: HookWithSecret;

beforeAll(async () => {
  world = await openWorld('sqlite', {
    log: logging.log,
    mail,
    limitRules: {
      'hook-codes': { count: 4, periodMs: 60_000 },
      'address-contacts': { count: 3, periodMs: 600_000 },
    },
  });
  supabase = await world.create({ preset: 'supabase' });
  generic = await world.create({ preset: 'generic' });
});
afterAll(() => world.close());

const signed = (body: Buffer) => world.post(supabase, body, world.signed(supabase, body));
const withSecret = (body: object | string, made = generic, headers: Record<string, string> = {}) =>
  world.post(made, typeof body === 'string' ? body : JSON.stringify(body), {
    authorization: made.authorization ?? '',
    ...headers,
  });

describe('codes for addresses', () => {
  it('go out by mail, to both addresses where one is changed, and each once', async () => {
    const change = fixture('supabase-email-change');
    expect((await signed(change)).text).toBe('{}');
    expect((await signed(change)).text).toBe('{}');
    for (let at = 0; at < 20 && mails.length < 2; at++) await world.gateway.clock.advance(1_000);
    const sent = mails.map(({ recipient, text }) => [recipient, /\d{6}/.exec(text)?.[0]]);
    expect(sent.sort()).toEqual([
      ['lina@example.com', '111111'],
      ['lina@example.org', '222222'],
    ]);
  });
});

describe('any server', () => {
  it('says where its requests have what', async () => {
    const made = await world.create({ preset: 'generic', to: '/user/phones/0', code: '/a~1b' });
    const answer = await withSecret({ user: { phones: ['201001234501'] }, 'a/b': 481516 }, made);
    expect([answer.status, answer.body]).toEqual([200, {}]);
    expect(await world.messageTo('+201001234501')).toContain('481516');
    expect(await withSecret({ user: { phones: [] }, 'a/b': '1234' }, made)).toMatchObject({ status: 400 });
    expect(await withSecret({ user: { phones: ['201001234501'] } }, made)).toMatchObject({ status: 422 });
  });

  it('may send a form, and the code in a text, as the authenticators of Keycloak do', async () => {
    const made = await world.create({ preset: 'generic', to: '/to', code: '/text' });
    const form = 'to=%2B201001234502&text=Your+SMS+code+is+162534+and+is+valid+for+5+minutes.';
    const answer = await withSecret(form, made, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.status).toBe(200);
    expect(await world.messageTo('+201001234502')).toContain('162534');
    const two = { to: '+201001234502', text: 'Code 162534, reference 998877' };
    expect(await withSecret(two, made)).toMatchObject({ status: 422 });
  });

  it('gets a status and Retry-After for what is refused', async () => {
    expect(await withSecret({ to: 'nobody', code: '1234' })).toMatchObject({ status: 422 });
    expect(await withSecret('{')).toMatchObject({ status: 400 });
    expect(
      await withSecret({ to: '+201001234503', code: '1234' }, { ...generic, authorization: 'Bearer x' }),
    ).toMatchObject({ status: 401 });
    const codes = ['1001', '1002', '1003', '1004', '1005'];
    const answers = [];
    for (const code of codes) answers.push(await withSecret({ to: '+201001234503', code }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429]);
    const limited = answers[4];
    expect(limited?.headers.get('retry-after')).toBe('60');
    expect(limited?.body).toEqual({
      message: 'Too many codes were asked for. Please try again in 60 seconds.',
      code: 'rate_limited',
      retryAfterSeconds: 60,
    });
  });
});

it('an address gets codes to as many new people as at any other door, however many hooks they come through', async () => {
  const hooks = [await world.create({ preset: 'supabase' }), await world.create({ preset: 'supabase' })];
  const sms = changed(fixture('supabase-sms'), ['metadata', 'ip_address'], '203.0.113.9');
  const statuses: unknown[] = [];
  for (const [at, last] of [1, 1, 2, 3, 4].entries()) {
    const to = changed(sms, ['sms', 'phone'], `20100123470${last}`);
    const body = changed(to, ['metadata', 'uuid'], `new people ${at}`);
    const made = hooks[at % 2] as HookWithSecret;
    const answer = await world.post(made, body, world.signed(made, body));
    statuses.push((answer.body as { error?: { http_code: number } }).error?.http_code ?? answer.status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 429]);
});

it('no body is answered with a 5xx, whatever it holds', async () => {
  const made = await world.create({ preset: 'generic' });
  const odd = [null, true, 0, -1, 1e21, '', ' ', '\0', 'x'.repeat(100_000), '+', '@', 'a@b', [], [[]], {}];
  const bodies = odd.flatMap((value) => [
    JSON.stringify(value),
    JSON.stringify({ to: value, code: '1234' }),
    JSON.stringify({ to: '+201001234505', code: value }),
  ]);
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  const statuses = new Set<number>();
  for (const body of [...bodies, deep, '{"to":', '{"__proto__":{"to":"+201001234505"},"code":"1234"}', '']) {
    statuses.add((await withSecret(body, made)).status);
  }
  expect([...statuses].sort()).toEqual([400, 422]);
  expect(await world.gateway.hooks.find(made.hook.id)).toMatchObject({ state: 'active' });
});

describe('an address without a hook', () => {
  it('is not found, and answers POST alone', async () => {
    const nobody = { ...generic, hook: { ...generic.hook, url: 'https://otp.example.com/hooks/nobody' } };
    expect(await withSecret({}, nobody)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const got = await fetch(`${world.gateway.url}${new URL(generic.hook.url).pathname}`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

it('what the store cannot take is refused in the words of each server', async () => {
  await world.gateway.clock.advance(60_000);
  const { store } = world.gateway;
  await sql`PRAGMA query_only = ON`.execute(store);
  const body = changed(fixture('supabase-sms'), ['metadata', 'uuid'], 'while the store is full');
  const [told, plain] = [await signed(body), await withSecret({ to: '+201001234504', code: '1234' })];
  await sql`PRAGMA query_only = OFF`.execute(store);
  expect(told).toMatchObject({
    status: 200,
    body: { error: { http_code: 503, message: expect.stringMatching(/./) } },
  });
  expect(plain).toMatchObject({ status: 503 });
  expect(plain.headers.get('retry-after')).toBe('5');
  // Nothing of it counts as taken.
  expect((await signed(body)).text).toBe('{}');
  expect((await withSecret({ to: '+201001234504', code: '1234' })).status).toBe(200);
});

it('and the log has no number, no address, no code and no secret', () => {
  const printed = logging.printed();
  const outcomes = printed
    .split('\n')
    .filter((line) => line.includes('a hook was called'))
    .map(
      (line) => JSON.parse(line) as Record<'outcome' | 'level' | 'requestId', string> & { codes: string[] },
    );
  // What anybody could have sent is of no interest; a failure of ours has a line of its own.
  expect(new Set(outcomes.filter(({ level }) => level === 'debug').map(({ outcome }) => outcome))).toEqual(
    new Set(['signature', 'unavailable']),
  );
  expect(outcomes.filter(({ requestId }) => !/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(requestId))).toEqual([]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(
    expect.arrayContaining(['accepted', 'limited', 'number', 'signature', 'unavailable', 'unreadable']),
  );
  const [change, again] = outcomes;
  expect(change?.codes).toEqual([
    expect.stringMatching(/^[0-9a-f]{8}$/),
    expect.stringMatching(/^[0-9a-f]{8}$/),
  ]);
  expect(again?.codes).toEqual(change?.codes);
  expect(printed).not.toMatch(/20100123|example\.(com|org)"|111111|222222|481516|162534|561166|\b100[1-5]\b/);
  for (const { secret } of [supabase, generic]) expect(printed).not.toContain(secret);
});
