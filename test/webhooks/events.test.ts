import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toldDoors } from '../../src/app/webhooks.js';
import { ChannelError } from '../../src/channels/channel.js';
import { AppError } from '../../src/errors.js';
import { generic } from '../../src/hooks/presets/generic.js';
import { createLimits } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { maskPhone, silentLog } from '../../src/log.js';
import { createOwnTexts } from '../../src/otp/texts/own-texts.js';
import { noteProblem } from '../../src/otp/writing-first/code-rows.js';
import { EVENT_TYPES } from '../../src/webhooks/index.js';
import { DATABASES } from '../support/databases.js';
import { hookParts } from '../support/hooks.js';
import { openTold, type Told } from './world.js';

const SARA = '+201001234567';
let numbers = 0;
const newNumber = () => `+2010055500${String(10 + numbers++)}`;

describe.each(DATABASES)('what is told on %s', (kind) => {
  let told: Told;
  beforeAll(async () => {
    told = await openTold(kind);
  });
  afterAll(() => told.close());

  it('is nothing, and is not recorded, while nobody listens', async () => {
    await told.request(newNumber());
    await told.moving('it is sent', () => told.sender.written.length > 0);
    expect(await told.store.selectFrom('webhook_events').select('id').execute()).toEqual([]);
  });

  it('is the way of a message in its order, and no code in it', async () => {
    const { endpoint } = await told.hears('/way');
    const { jobId, otp } = await told.request(SARA);
    await told.got(2, '/way');
    // One receipt that tells two things at once.
    told.report('read', SARA);
    const got = await told.got(4, '/way');
    expect(got.map(({ event }) => event.type)).toEqual([
      'code.accepted',
      'code.sent',
      'code.delivered',
      'code.read',
    ]);
    for (const { event } of got)
      expect(event.data).toEqual({ jobId, channel: 'whatsapp', to: '+20********67' });
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(4);
    told.report('read', SARA);
    await told.clock.advance(5_000);
    expect(told.receiver.types('/way')).toHaveLength(4);
    expect(got.map(({ body }) => body).join()).not.toMatch(new RegExp(`"${otp}"|${SARA.slice(1)}`));
    await told.webhooks().endpoints.remove({ id: endpoint.id });
  });

  it('is what a key asked for to that key alone; the environment also hears of contracts and hooks', async () => {
    const events = ['code.accepted' as const];
    await told.hears('/of-key', { caller: 'key:abc', events, fullNumbers: true });
    await told.hears('/of-env', { events });
    for (const caller of ['key:abc', 'key:other', 'env', 'contract:phone', 'hook:7']) {
      await told.request(newNumber(), { caller });
    }
    const ofEnv = await told.got(3, '/of-env');
    const [ofKey, ...more] = await told.got(1, '/of-key');
    expect(ofKey?.event.data.to).toMatch(/^\+2010055500\d\d$/);
    expect([more.length, ofEnv.length]).toEqual([0, 3]);
  });

  it('is nothing to whoever has no key any more', async () => {
    const events = ['code.accepted' as const];
    const endings = [{ expires_at: told.clock.now() }, { revoked_at: told.clock.now() }, null];
    for (const [index, ending] of endings.entries()) {
      const caller = `key:ended${index}`;
      const { endpoint } = await told.hears('/ended', { caller, events });
      const row = told.store.updateTable('api_keys').where('id', '=', caller.slice(4));
      if (ending) await row.set(ending).execute();
      else await told.store.deleteFrom('api_keys').where('id', '=', caller.slice(4)).execute();
      // Whoever switches it on again gives it no key.
      await told.webhooks().endpoints.change({ id: endpoint.id }, { enabled: true });
      await told.request(newNumber(), { caller });
    }
    await told.hears('/not-ended', { events });
    await told.request(newNumber());
    await told.got(1, '/not-ended');
    expect(told.receiver.types('/ended')).toEqual([]);
  });

  it('says of a failure whether a step is left', async () => {
    const { endpoint } = await told.hears('/steps', { events: ['code.failed', 'code.accepted'] });
    const [first, second] = [newNumber(), newNumber()];
    const rejects = new Set([first, second]);
    told.sender.answer = async ({ recipient }) => {
      if (rejects.has(recipient))
        throw new ChannelError('reject', 'not_on_whatsapp', 'No such number.', false);
      return told.clock.now();
    };
    const shown = (path: string) =>
      told.receiver.received
        .filter((each) => each.path === path)
        .map(({ event: { type, data } }) => [type, data.channel, data.final]);
    await told.request(first, { wish: { route: ['whatsapp', 'sms'] } });
    await told.got(3, '/steps');
    expect(shown('/steps').toSorted()).toEqual([
      ['code.accepted', 'sms', undefined],
      ['code.accepted', 'whatsapp', undefined],
      ['code.failed', 'whatsapp', false],
    ]);
    const failed = told.receiver.received.findLast(({ event }) => event.type === 'code.failed');
    expect(failed?.event.data.error).toMatchObject({ code: 'not_on_whatsapp' });

    // The next step is passed over: the failure before it was the last.
    told.sms.refuses.set(second, { code: 'sms_country_not_listed', retryAfterSeconds: 60 });
    await told.request(second, { wish: { route: ['whatsapp', 'sms'] } });
    await told.got(5, '/steps');
    expect(shown('/steps').slice(3)).toEqual([
      ['code.accepted', 'whatsapp', undefined],
      ['code.failed', 'whatsapp', true],
    ]);

    const third = newNumber();
    rejects.add(third);
    await told.request(third);
    expect((await told.got(7, '/steps'))[6]?.event).toMatchObject({
      type: 'code.failed',
      data: { final: true },
    });
    told.sender.answer = async () => told.clock.now();
    await told.webhooks().endpoints.remove({ id: endpoint.id });
  });

  it('is how a verification ends, when it ends', async () => {
    const events = EVENT_TYPES.filter((type) => type.startsWith('verification.'));
    await told.hears('/verified', { events });
    const start = (ttlMs = 300_000) =>
      told.verifications.start({ ...ORDER, ttlMs, contact: { kind: 'phone', value: newNumber() } });
    const approved = await start();
    const code = await told.moving('the code', () => codeOf(told, approved.to));
    await told.verifications.check({ id: approved.id }, code, null);
    const canceled = await start();
    await told.verifications.cancel({ id: canceled.id });
    const guessed = await start();
    const right = await told.moving('the code', () => codeOf(told, guessed.to));
    for (let check = 0; check < 5; check++) {
      await told.verifications.check({ id: guessed.id }, right === '000000' ? '111111' : '000000', null);
    }
    await told.got(3, '/verified');
    const mistaken = await start(60_000);
    await noteProblem(told.store, mistaken.id, 'sender_mismatch', told.clock.now());
    await told.got(4, '/verified');
    await told.clock.advance(60_000);
    const got = await told.got(5, '/verified');
    expect(got.map(({ event }) => [event.type, event.data.verificationId])).toEqual([
      ['verification.approved', approved.id],
      ['verification.canceled', canceled.id],
      ['verification.max_checks', guessed.id],
      ['verification.sender_mismatch', mistaken.id],
      ['verification.expired', mistaken.id],
    ]);
    expect(Date.parse(got[4]?.event.timestamp ?? '')).toBe(mistaken.expiresAt);
    expect(told.clock.now() - mistaken.expiresAt).toBeLessThan(5_000);
  });

  it('is every change of the sender, and what stands in the way of a channel, to everybody', async () => {
    await told.hears('/states', { caller: 'key:abc', events: ['sender.state_changed'] });
    await told.hears('/obstacles', { caller: 'key:abc', events: ['channel.obstacle'] });
    const states = ['CONNECTING', 'READY', 'DISCONNECTED', 'CONNECTING'] as const;
    const row = { account: 'default', state: 'QR_REQUIRED' as const, since: 1, phone: '+15550000001' };
    await told.store
      .insertInto('service_status')
      .values(row)
      .onConflict((same) => same.doNothing())
      .execute();
    await told.store.updateTable('service_status').set({ state: 'QR_REQUIRED', phone: row.phone }).execute();
    for (const state of states) {
      await told.store.updateTable('service_status').set({ state, since: told.clock.now() }).execute();
      await told.store.updateTable('service_status').set({ state, detail: 'the same' }).execute();
    }
    const got = (await told.got(4, '/states')).slice(-4);
    expect(got.map(({ event }) => event.data.state)).toEqual(states);
    expect(got[1]?.event.data).toMatchObject({ previousState: 'CONNECTING', phoneNumber: '+15*******01' });

    await told.codes.delivery.control.pause();
    const [paused] = await told.got(1, '/obstacles');
    expect(paused?.event.data).toMatchObject({ obstacle: { code: 'sending_paused' } });
    await told.codes.delivery.control.resume();
    const resumed = await told.moving(
      'it is over',
      () =>
        told.receiver.received.filter(
          ({ event }) => event.data.obstacle === null && event.data.channel === 'whatsapp',
        )[0],
    );
    expect(resumed.event.type).toBe('channel.obstacle');
  });

  it('is a refusal to whoever asked for the code, whoever asks again', async () => {
    await told.hears('/again', { caller: 'key:abc', events: ['code.refused'] });
    await told.hears('/again-env', { events: ['code.refused'] });
    const { codes, verifications } = told;
    const doors = toldDoors(told.webhooks(), { issuer: codes.issuer, verifications });
    const contact = { kind: 'phone' as const, value: newNumber() };
    const { id, to } = await doors.verifications.start({
      ...ORDER,
      ttlMs: 300_000,
      caller: 'key:abc',
      contact,
    });
    // As the hosted page does, which knows no caller.
    const again = doors.verifications.resend({ id }, { channel: null, address: null, admit: null });
    await expect(again).rejects.toMatchObject({ code: 'resend_too_soon' });
    const [refused] = await told.got(1, '/again');
    expect(refused?.event.data).toMatchObject({ to: maskPhone(to), error: { code: 'resend_too_soon' } });
    expect(told.receiver.types('/again-env')).toEqual([]);
  });

  it('is a refusal once, 60 times a minute at the most', async () => {
    await told.hears('/refused', { events: ['code.refused'] });
    const { refusals } = told.webhooks();
    const inner = refusals.watched(
      () => Promise.reject(new AppError('queue_full', 'Later.', { retryAfterSeconds: 7 })),
      () => ({ caller: 'hook:7', contact: SARA }),
    );
    const ask = refusals.watched(inner, () => ({ caller: 'hook:7', contact: SARA }));
    const wrong = refusals.watched(
      () => Promise.reject(new AppError('bad_request', 'No.')),
      () => ({ caller: 'env', contact: null }),
    );
    await expect(wrong()).rejects.toThrow('No.');
    for (let time = 0; time < 65; time++) await expect(ask()).rejects.toThrow('Later.');
    const [first] = await told.got(60, '/refused');
    expect(first?.event.data).toMatchObject({
      to: '+20********67',
      retryAfterSeconds: 7,
      error: { code: 'queue_full' },
    });
    await told.clock.advance(5_000);
    expect(told.receiver.types('/refused')).toHaveLength(60);
    await told.clock.advance(60_000);
    await expect(ask()).rejects.toThrow('Later.');
    await told.got(61, '/refused');
  });

  it('is a refusal to whoever hears of hooks, when one has used up its codes', async () => {
    await told.hears('/of-hooks', { events: ['code.refused'] });
    const { store, clock, codes, verifications } = told;
    const { toldHanded } = toldDoors(told.webhooks(), { issuer: codes.issuer, verifications });
    const overrides = { 'hook-codes': { count: 1, periodMs: 60_000 } };
    const parts = hookParts({
      ...codes,
      database: { store },
      verifications,
      ownTexts: createOwnTexts({ store, clock, log: silentLog }),
      limits: createLimits({ store, clock, rules: rulesOf({ eased: false, overrides }) }),
      toldHanded,
    });
    const by = { actor: 'tester', address: '192.0.2.1' };
    const { hook, authorization } = await parts.hooks.create({ preset: 'generic' }, by);
    const known = await parts.hookRows.open(hook.id);
    const call = async (to: string) => {
      const raw = Buffer.from(JSON.stringify({ to, code: '123456' }));
      const headers = { authorization: authorization ?? '' };
      if (!known) throw new Error('There is no hook.');
      return await parts.receive(known, generic, { headers, raw, requestId: 'of no interest' });
    };
    const over = newNumber();
    expect((await call(newNumber())).outcome).toEqual({ kind: 'accepted' });
    expect((await call(over)).outcome).toMatchObject({ reason: 'limited' });
    const [refused] = await told.got(1, '/of-hooks');
    expect(refused?.event.data).toMatchObject({ to: maskPhone(over), error: { code: 'rate_limited' } });
  });
});

const ORDER = {
  caller: 'env',
  channel: null,
  route: null,
  userFirst: 'never' as const,
  proof: 'code' as const,
  locale: null,
  codeLength: 6,
  action: null,
  client: null,
  address: null,
  metadata: null,
  returnUrl: null,
  test: null,
  admit: null,
};

function codeOf(told: Told, phone: string): string | undefined {
  const text = told.sender.written.findLast(({ recipient }) => recipient === phone)?.text;
  return text && /\d{6}/.exec(text)?.[0];
}
