import { describe, expect, it } from 'vitest';
import type { TypedKeyOrder } from '../../src/callers/key-order.js';
import { DATABASES } from '../support/databases.js';
import { createWorld, ENVIRONMENT_KEYS, HOME } from './world.js';

const CAIRO = '+201001234567';
const RIYADH = '+966501112233';
const LONDON = '+447700900123';
const PARIS = '+33612345678';
const DAY = 86_400_000;

describe.each(DATABASES)('on %s', (kind) => {
  async function worldWith(typed: Partial<TypedKeyOrder>) {
    const world = await createWorld(kind);
    const caller = await world.identify((await world.make(typed)).key, HOME);
    if (!caller) throw new Error('The key is not known');
    const answerOf = (counting: Promise<unknown>) =>
      counting.then(
        () => 'counted',
        (error: { code: string; message: string }) => error,
      );
    return {
      ...world,
      caller,
      request: () => answerOf(world.countRequest(caller)),
      code: (phone = CAIRO) => answerOf(world.countCode(caller, phone)),
    };
  }

  it('requests are counted by the minute; the one too many is told when to come back', async () => {
    const { request, clock } = await worldWith({ perMinute: 2 });
    await clock.advance(20_000);
    expect([await request(), await request()]).toEqual(['counted', 'counted']);
    expect(await request()).toMatchObject({
      code: 'rate_limited',
      message: 'Too many requests from this API key. Please slow down.',
      options: { retryAfterSeconds: 40 },
    });
    await clock.advance(39_999);
    expect(await request()).toMatchObject({ code: 'rate_limited' });
    await clock.advance(1);
    expect([await request(), await request()]).toEqual(['counted', 'counted']);
    expect(await request()).toMatchObject({ code: 'rate_limited' });
  });

  it('of many at once no more are counted than may be', async () => {
    const { request } = await worldWith({ perMinute: 5 });
    const answers = await Promise.all(Array.from({ length: 20 }, request));
    expect(answers.filter((answer) => answer === 'counted')).toHaveLength(5);
  });

  it('each key has a count of its own', async () => {
    const { request, make, identify, countRequest } = await worldWith({ perMinute: 1 });
    const other = await identify((await make({ perMinute: 1 })).key, HOME);
    expect(await request()).toBe('counted');
    expect(await request()).not.toBe('counted');
    await countRequest(other as NonNullable<typeof other>);
  });

  it('codes are counted by the day in UTC', async () => {
    const { code, clock } = await worldWith({ perDay: 2 });
    await clock.advance(DAY - 60_000);
    expect([await code(), await code(RIYADH)]).toEqual(['counted', 'counted']);
    expect(await code()).toMatchObject({ code: 'rate_limited', options: { retryAfterSeconds: 60 } });
    await clock.advance(60_000);
    expect(await code()).toBe('counted');
  });

  it.each([
    ['codesPerMinute', 'minute', 60],
    ['codesPerHour', 'hour', 3_600],
  ])('%s: codes are counted by the %s', async (limit, words, seconds) => {
    const { code, clock } = await worldWith({ [limit]: 2 });
    await clock.advance(15_000);
    expect([await code(), await code('guest@example.com')]).toEqual(['counted', 'counted']);
    expect(await code(LONDON)).toMatchObject({
      code: 'rate_limited',
      message: `This API key has used up its codes of the ${words}.`,
      options: { retryAfterSeconds: seconds - 15 },
    });
    await clock.advance((seconds - 15) * 1_000);
    expect([await code(), await code(), await code()]).toEqual([
      'counted',
      'counted',
      expect.objectContaining({ code: 'rate_limited' }),
    ]);
  });

  it('a code that was refused for its minute counts for no hour and no day', async () => {
    const { code, clock } = await worldWith({ codesPerMinute: 1, codesPerHour: 2, perDay: 2 });
    expect([await code(), await code(), await code()].filter((each) => each === 'counted')).toHaveLength(1);
    await clock.advance(60_000);
    expect(await code()).toBe('counted');
    expect(await code()).toMatchObject({ message: 'This API key has used up its codes of the day.' });
  });

  it('an address is in no country', async () => {
    const { code } = await worldWith({ perCountry: '*=1' });
    for (const address of ['one@example.com', 'two@example.com']) expect(await code(address)).toBe('counted');
  });

  it('codes are counted by country, the countries that are not named each by itself', async () => {
    const { code } = await worldWith({ perCountry: 'EG=2 *=1' });
    expect([await code(CAIRO), await code(CAIRO)]).toEqual(['counted', 'counted']);
    expect(await code(CAIRO)).toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('country'),
    });
    expect([await code(LONDON), await code(PARIS)]).toEqual(['counted', 'counted']);
    expect(await code(PARIS)).toMatchObject({ code: 'rate_limited' });
  });

  it('a country that is neither named nor meant by * is not limited', async () => {
    const { code } = await worldWith({ perCountry: 'EG=1' });
    expect([await code(CAIRO), await code(LONDON), await code(LONDON)]).toEqual([
      'counted',
      'counted',
      'counted',
    ]);
    expect(await code(CAIRO)).toMatchObject({ code: 'rate_limited' });
  });

  it('a code that was refused for its country does not count for the day', async () => {
    const { code } = await worldWith({ perDay: 2, perCountry: 'EG=1' });
    expect(await code(CAIRO)).toBe('counted');
    expect(await code(CAIRO)).not.toBe('counted');
    expect(await code(LONDON)).toBe('counted');
    expect(await code(LONDON)).toMatchObject({ message: 'This API key has used up its codes of the day.' });
  });

  it('a code that did not come to be is taken back', async () => {
    const { caller, countCode, code } = await worldWith({ perDay: 1, perCountry: 'EG=1' });
    const takeBack = await countCode(caller, CAIRO);
    await takeBack();
    expect(await code()).toBe('counted');
    expect(await code()).not.toBe('counted');
  });

  it('what is taken back after midnight is not the new day’s', async () => {
    const { caller, countCode, code, clock } = await worldWith({ perDay: 1 });
    const takeBack = await countCode(caller, CAIRO);
    await clock.advance(DAY);
    await takeBack();
    expect(await code()).toBe('counted');
    expect(await code()).not.toBe('counted');
  });

  it('a clock that is set back begins another period instead of keeping one for ever', async () => {
    const { request, clock } = await worldWith({ perMinute: 1 });
    expect(await request()).toBe('counted');
    clock.step(-3_600_000);
    expect(await request()).toBe('counted');
    expect(await request()).not.toBe('counted');
  });

  it('a caller without limits costs no statement', async () => {
    const { identify, countRequest, countCode, statements } = await createWorld(kind);
    const caller = await identify(ENVIRONMENT_KEYS[0] ?? '', HOME);
    if (!caller) throw new Error('The key is not known');
    const before = statements();
    await countRequest(caller);
    await (await countCode(caller, CAIRO))();
    expect(statements()).toBe(before);
  });
});
