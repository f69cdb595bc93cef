import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { openWorld, type World, wrong } from './verifications.js';

const BY = { actor: 'test', address: '192.0.2.7' };

describe.each(DATABASES)('the limits of one contact, over all callers and clients, on %s', (kind) => {
  const HOUR_MS = 3_600_000;
  const to = '+201005555601';
  let world: World;
  beforeAll(async () => {
    world = await openWorld(kind, {
      limitRules: {
        'contact-checks': { count: 7, periodMs: HOUR_MS },
        'contact-codes': { count: 4, periodMs: HOUR_MS },
      },
    });
  });
  afterAll(() => world.close());

  it('each new client has five checks and five sends of its own, and none beyond those of the contact', async () => {
    const { callers, clock } = world.gateway;
    const limits = {
      ...{ perMinute: null, codesPerMinute: null, codesPerHour: null },
      ...{ perDay: null, perCountry: null },
    };
    const order = { name: 'app', scopes: ['verify' as const], allowedIps: null, limits, expiresAt: null };
    const { key } = await callers.keys.create({ ...order, returnUrls: null }, BY);
    const first = await world.start({ to, client: 's_1' });
    const code = await world.codeOn(to);
    const second = await world.start({ to, client: 's_2' }, { 'X-API-KEY': key });
    const third = await world.start({ to, client: 's_3' });
    expect([second.status, third.status]).toEqual([201, 201]);
    clock.step(30_000);
    expect((await world.post(`/${first.body.id}/resend`)).status).toBe(200);
    const full = await world.start({ to, client: 's_4' }, { 'X-API-KEY': key });
    expect(full).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(await world.post(`/${third.body.id}/resend`)).toMatchObject({ body: { code: 'rate_limited' } });
    expect((await world.start({ to: '+201005555602' })).status).toBe(201);

    const guess = wrong(code);
    for (const _time of [1, 2, 3, 4]) await world.check(first.body.id, guess);
    for (const _time of [1, 2, 3]) await world.check(third.body.id, guess);
    const eighth = await world.check(third.body.id, guess);
    expect(eighth).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(eighth.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(await world.check(first.body.id, code)).toMatchObject({ body: { code: 'rate_limited' } });
    // None of the five: it was not looked at.
    expect((await world.get(`/${third.body.id}`)).body.checksLeft).toBe(2);
  });

  it('right checks use up none of it', async () => {
    const other = '+201005555603';
    const started = await world.start({ to: other, client: 's_1' });
    const code = await world.codeOn(other);
    expect((await world.check(started.body.id, code)).body.valid).toBe(true);
    const used = await world.gateway.store
      .selectFrom('limit_counts')
      .select('used')
      .where('name', '=', 'contact-checks')
      .where('subject', '=', other)
      .executeTakeFirst();
    expect(used).toEqual({ used: 0 });
  });
});
