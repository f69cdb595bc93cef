import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { OMAR, openWorld, type World, wrong } from './verifications.js';

const REVIEWER = '+12025550100';
const SHOP = 'https://shop.example.com/signed-up';
const LINK = {
  link: 'https://wa.me/15550000000?text=K7QM4-XW2P9',
  number: '+15550000000',
  text: 'K7QM4-XW2P9',
};
const BY = { actor: 'test', address: '192.0.2.7' };

/** A number of ours that receives, or none. */
function links() {
  const offered = new Set<string>();
  return {
    receives: true,
    async offerIn(_trx: unknown, codeId: string) {
      if (!this.receives) return null;
      offered.add(codeId);
      return LINK;
    },
    shown: async (codeIds: readonly string[]) =>
      new Map(codeIds.filter((id) => offered.has(id)).map((id) => [id, LINK])),
  };
}

describe.each(DATABASES)('what a verification is ordered with, on %s', (kind) => {
  let world: World;
  const numbers = links();
  beforeAll(async () => {
    world = await openWorld(kind, {
      links: { offerIn: (trx, id) => numbers.offerIn(trx, id), shown: numbers.shown },
      environment: {
        returnUrls: [SHOP],
        testNumbers: [{ contact: REVIEWER, code: '123456', until: Date.parse('2026-02-01') }],
        testNumbersInProduction: true,
      },
    });
  });
  afterAll(() => world.close());

  it('a return address is taken at or below one of the key’s', async () => {
    const { body, status } = await world.start({ client: 'return', returnUrl: `${SHOP}/17?from=otp` });
    expect(status).toBe(201);
    const row = await world.gateway.store
      .selectFrom('codes')
      .select(['return_url', 'client_address'])
      .where('id', '=', body.id)
      .executeTakeFirst();
    expect(row).toEqual({ return_url: `${SHOP}/17?from=otp`, client_address: null });
    const elsewhere = await world.start({
      client: 'return',
      returnUrl: 'https://shop.example.com.evil.example/',
    });
    expect(elsewhere).toMatchObject({ status: 400, body: { errors: [{ field: 'returnUrl' }] } });
  });

  it('a test number has its code, gets nothing, and is marked', async () => {
    const { body, status } = await world.start({ to: REVIEWER, metadata: { a: 1, b: null } });
    expect([status, body.test, body.attempts, body.channel]).toEqual([201, true, [], 'whatsapp']);
    expect((await world.get(`?to=${encodeURIComponent(REVIEWER)}`)).body).toMatchObject({
      verifications: [{ id: body.id, test: true, metadata: { a: 1, b: null } }],
    });
    world.gateway.clock.step(30_000);
    expect(await world.post(`/${body.id}/resend`)).toMatchObject({ status: 200, body: { sendsLeft: 3 } });
    expect((await world.check(body.id, '000000')).body).toMatchObject({ valid: false });
    expect((await world.check(body.id, '123456')).body).toMatchObject({ valid: true });
    expect(world.messagesTo(REVIEWER)).toEqual([]);
    expect(
      await world.gateway.store.selectFrom('jobs').select('id').where('recipient', '=', REVIEWER).execute(),
    ).toEqual([]);
  });

  it('test numbers of a key work in production only where the key allows them, and 20 at most', async () => {
    const { callers, clock } = world.gateway;
    const limits = {
      perMinute: null,
      codesPerMinute: null,
      codesPerHour: null,
      perDay: null,
      perCountry: null,
    };
    const order = { name: 'app', scopes: ['verify' as const], allowedIps: null, limits, expiresAt: null };
    const { id, key } = await callers.keys.create({ ...order, returnUrls: null }, BY);
    const own = { 'X-API-KEY': key };
    const until = clock.now() + 60_000;
    const test = (last: number) => ({ contact: `+120255501${10 + last}`, code: '4711', until });
    await callers.keys.putTestNumber(id, test(0), undefined, BY);
    expect(await world.start({ to: test(0).contact }, own)).toMatchObject({
      status: 403,
      body: { code: 'test_number_refused' },
    });
    await callers.keys.putTestNumber(id, test(0), true, BY);
    const started = await world.start({ to: test(0).contact }, own);
    expect(started).toMatchObject({ status: 201, body: { test: true } });
    const late = await world.start({ to: test(0).contact, client: 'late' }, own);
    expect((await world.post(`/${started.body.id}/check`, { code: '4711' }, own)).body.valid).toBe(true);
    // Of this key alone.
    expect((await world.start({ to: test(0).contact })).body.test).toBeUndefined();

    const puts = Array.from({ length: 25 }, (_, at) =>
      callers.keys.putTestNumber(id, test(at), undefined, BY),
    );
    const refused = (await Promise.allSettled(puts)).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(5);
    expect(await callers.keys.testNumbers(id)).toHaveLength(20);
    await callers.keys.removeTestNumber(id, (await callers.keys.testNumbers(id))[0]?.contact ?? '', BY);
    expect(await callers.keys.testNumbers(id)).toHaveLength(19);
    // Its time is over: its code is no good any more, and it is a number like any other.
    clock.step(60_001);
    const checked = await world.post(`/${late.body.id}/check`, { code: '4711' }, own);
    expect(checked).toMatchObject({ status: 404, body: { code: 'verification_not_found' } });
    expect((await world.start({ to: test(0).contact, client: 'later' }, own)).body.test).toBeUndefined();
  });

  it('whoever was never written to is asked to write first, beside the push', async () => {
    const { body } = await world.start({ to: '+201007777771' });
    expect(body).toMatchObject({
      channel: 'whatsapp',
      userFirst: { ...LINK, qr: expect.stringMatching(/^\/v\/[\w-]{44}\/qr\.svg$/) },
      attempts: [{ channel: 'whatsapp' }],
    });
    expect(String(body.pageUrl)).toContain((body.userFirst as { qr: string }).qr.slice(0, -'/qr.svg'.length));
    expect((await world.start({ to: '+201007777772', userFirst: 'never' })).body.userFirst).toBeNull();
  });

  it('"only" pushes nothing; where nothing can be pushed the person alone begins; 503 where nobody can', async () => {
    const only = await world.start({ to: OMAR, client: 'only', userFirst: 'only' });
    expect(only.body).toMatchObject({ channel: null, attempts: [], nextStepAt: null, userFirst: LINK });
    world.gateway.clock.step(30_000);
    const again = await world.post(`/${only.body.id}/resend`);
    expect(again).toMatchObject({ status: 200, body: { attempts: [], sendsLeft: 3, userFirst: LINK } });
    expect(world.messagesTo(OMAR)).toEqual([]);

    const { sender } = world.gateway;
    sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
    const alone = await world.start({ to: OMAR, client: 'alone' });
    expect(alone).toMatchObject({
      status: 201,
      body: { channel: null, attempts: [], userFirst: LINK, status: 'pending' },
    });
    numbers.receives = false;
    for (const userFirst of ['auto', 'only', 'never']) {
      const nobody = await world.start({ to: OMAR, client: 'nobody', userFirst });
      expect(nobody).toMatchObject({ status: 503, body: { code: 'sender_logged_out' } });
    }
    numbers.receives = true;
    sender.set({ state: 'READY', need: null, openSince: world.gateway.clock.now() - 60_000 });
    // A refused start leaves nothing behind.
    expect((await world.start({ to: OMAR, client: 'nobody' })).status).toBe(201);
  });
});

describe.each(DATABASES)('the limits of verifications on %s', (kind) => {
  const MINUTES_MS = 600_000;
  let world: World;
  beforeAll(async () => {
    world = await openWorld(kind, {
      limitRules: {
        'address-sends': { count: 3, periodMs: MINUTES_MS },
        'address-code-tries': { count: 2, periodMs: MINUTES_MS },
        'client-codes-day': { count: 2, periodMs: MINUTES_MS },
      },
    });
  });
  afterAll(() => world.close());
  const number = (last: number) => `+20100555550${last}`;

  it('count codes and wrong checks by the person’s address, whichever way it is told', async () => {
    const here = { 'X-Client-Address': '203.0.113.7' };
    const first = await world.start({ to: number(1), clientIp: '203.0.113.7' });
    expect((await world.start({ to: number(2) }, here)).status).toBe(201);
    world.gateway.clock.step(30_000);
    expect((await world.post(`/${first.body.id}/resend`)).status).toBe(200);
    const full = await world.start({ to: number(3), clientIp: '::ffff:203.0.113.7' });
    expect(full).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await world.start({ to: number(3), clientIp: '203.0.113.8' })).status).toBe(201);
    expect((await world.start({ to: number(4) })).status).toBe(201);

    const code = await world.codeOn(number(1));
    for (const _time of [1, 2])
      expect((await world.check(first.body.id, wrong(code))).body.valid).toBe(false);
    // Of the address that it was started from, and no check of the five.
    expect(await world.check(first.body.id, wrong(code))).toMatchObject({ body: { code: 'rate_limited' } });
    const elsewhere = { 'X-Client-Address': '203.0.113.9' };
    const right = await world.post(`/${first.body.id}/check`, { code }, elsewhere);
    expect(right.body).toMatchObject({ valid: true });
    expect(await world.start({ to: number(5) }, { 'X-Client-Address': 'nowhere' })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'X-Client-Address' }] },
    });
  });

  it('count codes by contact and client, and those of a key, and none that was refused', async () => {
    const { callers, clock } = world.gateway;
    const client = { to: number(6), client: 's_1' };
    const statuses: number[] = [];
    for (const _time of [1, 2, 3]) {
      statuses.push((await world.start(client)).status);
      clock.step(30_000);
    }
    expect(statuses).toEqual([201, 201, 429]);

    const limits = { perMinute: null, codesPerMinute: null, codesPerHour: null, perDay: 2, perCountry: null };
    const order = { name: 'app', scopes: ['verify' as const], allowedIps: null, limits, expiresAt: null };
    const { key } = await callers.keys.create({ ...order, returnUrls: null }, BY);
    const own = { 'X-API-KEY': key };
    const started = await world.start({ to: number(7) }, own);
    expect((await world.post(`/${started.body.id}/resend`, {}, own)).body.code).toBe('resend_too_soon');
    clock.step(30_000);
    expect((await world.post(`/${started.body.id}/resend`, {}, own)).status).toBe(200);
    expect(await world.start({ to: number(8) }, own)).toMatchObject({ body: { code: 'rate_limited' } });
  });
});
