import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ENVIRONMENT } from '../../src/callers/caller.js';
import type { Verifications } from '../../src/otp/verifications/verification.js';
import { sidsOf } from '../../src/twilio/sids.js';
import { wrong } from '../api/verifications.js';
import { type Form, openTwilioWorld, SERVICE, type TwilioWorld } from './world.js';

const BY = { actor: 'test', address: '127.0.0.1' };
const STARTS = `/Services/${SERVICE}/Verifications`;
const CHECKS = `/Services/${SERVICE}/VerificationCheck`;

const told = ({ status, body, headers }: Form) => ({
  status,
  code: body.code,
  message: body.message,
  waits:
    Number(headers.get('retry-after')) > 0 && body.retryAfterSeconds === Number(headers.get('retry-after')),
});

describe('Twilio’s codes', () => {
  let world: TwilioWorld;
  beforeAll(async () => {
    world = await openTwilioWorld('sqlite');
  });
  afterAll(() => world.close());

  const start = (To: string, also: object = {}) =>
    world.form('POST', STARTS, { To, Channel: 'whatsapp', ...also });
  const check = (To: string, Code: string) => world.form('POST', CHECKS, { To, Code });

  it('a test number of a key that must not be used in production is 60238', async () => {
    const { keys } = world.gateway.callers;
    const order = { name: 'app', scopes: ['verify' as const], allowedIps: null, limits: ENVIRONMENT.limits };
    const made = await keys.create({ ...order, expiresAt: null, returnUrls: null }, BY);
    const contact = world.person();
    const until = world.gateway.clock.now() + 3_600_000;
    await keys.putTestNumber(made.id, { contact, code: '123456', until }, undefined, BY);
    const sids = sidsOf(`key:${made.id}`);
    const authorization = `Basic ${btoa(`${sids.account}:${made.key}`)}`;
    const path = `/Services/${sids.service}/Verifications`;
    const refused = await world.form('POST', path, { To: contact, Channel: 'sms' }, { authorization });
    expect(told(refused)).toMatchObject({
      status: 403,
      code: 60238,
      message: 'Verification Creation Attempt blocked',
    });
  });

  it('one that wrong checks have used up is there until its ten minutes are over', async () => {
    const to = world.person();
    const { sid } = (await start(to)).body;
    const code = await world.codeOn(to);
    for (let tries = 0; tries < 5; tries++) await check(to, wrong(code));
    world.gateway.clock.step(10 * 60_000 - 1);
    const found = await world.form('GET', `${STARTS}/${sid}`);
    expect(found).toMatchObject({ status: 200, body: { status: 'max_attempts_reached', valid: false } });
    world.gateway.clock.step(1);
    const gone = await world.form('GET', `${STARTS}/${sid}`);
    expect(told(gone)).toMatchObject({ status: 404, code: 20404 });
  });

  it('where a later start is refused, the digits that the person has are still those that count', async () => {
    const to = world.person();
    await start(to, { CustomCode: '471147' });
    await world.codeOn(to);
    await world.settled();
    world.rest();
    world.gateway.sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
    const refused = await start(to, { CustomCode: '815015' });
    world.gateway.sender.set({ state: 'READY', need: null, openSince: world.gateway.clock.now() - 60_000 });
    expect(told(refused)).toMatchObject({ status: 503, code: 20503 });
    expect((await check(to, '815015')).body).toMatchObject({ status: 'pending', valid: false });
    expect((await check(to, '471147')).body).toMatchObject({ status: 'approved', valid: true });
  });

  it('while the database takes no writes it is 20503, with the time to wait', async () => {
    const { store } = world.gateway;
    const to = world.person();
    await sql`PRAGMA query_only = ON`.execute(store);
    const refused = await start(to).finally(() => sql`PRAGMA query_only = OFF`.execute(store));
    expect(told(refused)).toMatchObject({ status: 503, code: 20503, waits: true });
    expect((await start(to)).status).toBe(201);
  });
});

it('too many requests of an address are 20429, with the time to wait', async () => {
  const world = await openTwilioWorld('sqlite', { rateLimitPerMinute: 2 });
  onTestFinished(() => world.close());
  const ask = () => world.form('GET', '/Services');
  expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
  expect(told(await ask())).toEqual({ status: 429, code: 20429, message: 'Too many requests', waits: true });
});

it('what nobody expected is 20500, and tells nothing', async () => {
  const start = () => Promise.reject(new Error('a private cause'));
  const world = await openTwilioWorld('sqlite', { verifications: { start } as unknown as Verifications });
  onTestFinished(() => world.close());
  const answer = await world.form('POST', STARTS, { To: world.person(), Channel: 'whatsapp' });
  expect(answer).toMatchObject({ status: 500, body: { code: 20500, message: 'Internal server error' } });
});
