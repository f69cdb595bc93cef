import { describe, expect, it } from 'vitest';
import type { Contract } from '../../database/schema.js';
import { AppError } from '../../src/errors.js';
import { DATABASES } from '../support/databases.js';
import { useWorld, world } from './use-world.js';
import { contactOf, count, MINUTE_MS, outcome, PHONE, waitOf } from './world.js';

describe.each(DATABASES)('how many codes a contact gets, on %s', (kind) => {
  useWorld(kind);

  const send = (contract: Contract = 'phone', to = PHONE, cooldownMs = 0) =>
    world.challenges.issue({
      key: { contract, purpose: 'login', subject: 'user-1' },
      contact: contactOf(to),
      rules: { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs },
      silent: false,
    });

  it('the sixth in ten minutes is refused until the first is ten minutes old', async () => {
    for (let i = 0; i < 5; i++) {
      await send();
      await world.clock.advance(MINUTE_MS);
    }
    expect(await outcome(send())).toBe('rate_limited');
    expect(await waitOf(send())).toBe(300);
    await world.clock.advance(5 * MINUTE_MS - 1);
    expect(await outcome(send())).toBe('rate_limited');
    await world.clock.advance(1);
    expect(await outcome(send())).toBe('ok');
    expect(world.codes(PHONE)).toHaveLength(6);
  });

  it('the ten minutes slide: no ten of them hold six', async () => {
    const sent: number[] = [];
    for (let half = 0; half < 120; half++) {
      if ((await outcome(send())) === 'ok') sent.push(world.clock.now());
      await world.clock.advance(MINUTE_MS / 2);
    }
    for (const at of sent) {
      expect(sent.filter((each) => each >= at && each < at + 10 * MINUTE_MS).length).toBeLessThanOrEqual(5);
    }
    expect(sent.length).toBe(30);
  });

  it('of twenty at once five go out', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(send())));
    expect(count(outcomes)).toEqual({ ok: 5, rate_limited: 15 });
    expect(world.codes(PHONE)).toHaveLength(5);
  });

  it('contracts, purposes and spellings share one count', async () => {
    const { auth, later } = world;
    await world.signUp('phone', { phone: PHONE });
    await later();
    await auth.for('whatsapp').signIn.requestCode(PHONE);
    await auth.for('phone').signIn.requestCode(PHONE);
    await send('cookie');
    await send('two-factor');
    await send('whatsapp');
    expect(await outcome(auth.for('phone').signIn.requestCode(PHONE))).toBe('rate_limited');
    expect(await outcome(send('cookie', '+6281234567891'))).toBe('ok');
  });

  it('within a minute of the last code there is none where there is a cooldown, whichever contract sent it', async () => {
    await send('phone');
    await world.clock.advance(20_000);
    expect(await waitOf(send('whatsapp', PHONE, MINUTE_MS))).toBe(40);
    expect(await outcome(send('phone'))).toBe('ok');
    await world.clock.advance(MINUTE_MS - 1);
    expect(await outcome(send('whatsapp', PHONE, MINUTE_MS))).toBe('rate_limited');
    await world.clock.advance(1);
    expect(await outcome(send('whatsapp', PHONE, MINUTE_MS))).toBe('ok');
  });

  it('of twenty at once with a cooldown one goes out', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => outcome(send('whatsapp', PHONE, MINUTE_MS))),
    );
    expect(count(outcomes)).toEqual({ ok: 1, rate_limited: 19 });
  });

  it('what was refused does not count', async () => {
    for (let i = 0; i < 5; i++) await send();
    for (let i = 0; i < 10; i++) await outcome(send());
    await world.clock.advance(10 * MINUTE_MS);
    for (let i = 0; i < 5; i++) expect(await outcome(send())).toBe('ok');
  });

  it('a code that could not go out is given back, and stays unknown', async () => {
    await send();
    world.fail(new AppError('sender_not_paired', 'no number'));
    for (let i = 0; i < 10; i++) expect(await outcome(send('phone', PHONE))).toBe('sender_not_paired');
    world.fail(null);
    for (let i = 0; i < 4; i++) expect(await outcome(send())).toBe('ok');
    expect(await outcome(send())).toBe('rate_limited');
  });

  it('a failure brings no cooldown, and does not shorten the one that is on', async () => {
    await send('whatsapp', PHONE, MINUTE_MS);
    await world.clock.advance(MINUTE_MS);
    world.fail(new AppError('queue_full', 'full'));
    await outcome(send('whatsapp', PHONE, MINUTE_MS));
    world.fail(null);
    expect(await outcome(send('whatsapp', PHONE, MINUTE_MS))).toBe('ok');
    expect(await outcome(send('whatsapp', PHONE, MINUTE_MS))).toBe('rate_limited');
  });

  it('a code that was used ends the cooldown, but not the count', async () => {
    const code = { contract: 'whatsapp', purpose: 'login', subject: 'user-1' } as const;
    for (let i = 0; i < 5; i++) {
      expect(await outcome(send('whatsapp', PHONE, MINUTE_MS))).toBe('ok');
      expect(await outcome(send('whatsapp', PHONE, MINUTE_MS))).toBe('rate_limited');
      await world.challenges.redeem(code, world.code(PHONE), async () => {});
    }
    expect(await waitOf(send('whatsapp', PHONE, MINUTE_MS))).toBe(600);
  });
});
