import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLookups } from '../../src/contracts/lookups.js';
import { AppError } from '../../src/errors.js';
import { createLimits } from '../../src/limits/index.js';
import { RULES, rulesOf } from '../../src/limits/rules.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { createBrowser } from './browser.js';
import { type Gateway, send, startGateway } from './harness.js';
import { newSessionStore } from './session-stores.js';

const BODY = { phoneNumber: '+201001234567' };
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The libraries for limits and sessions go by the system's clock. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());
const set = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe('the clock is set by a day', () => {
  let gateway: Gateway;
  afterEach(() => gateway.close());

  it('back: an API key that has used up its minute waits no day', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 2 });
    const statuses = async (count: number) => {
      const found: number[] = [];
      for (let i = 0; i < count; i++) found.push((await send(gateway, BODY)).status);
      return found;
    };
    expect(await statuses(3)).toEqual([202, 202, 429]);
    set(-DAY_MS);
    expect(await statuses(3)).toEqual([202, 202, 429]);
    expect(Number((await send(gateway, BODY)).headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('back by seconds: the minute goes on', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 1 });
    await send(gateway, BODY);
    set(-10_000);
    expect((await send(gateway, BODY)).status).toBe(429);
  });

  it('back: whoever mistyped his password five times comes in before tomorrow', async () => {
    gateway = await startGateway();
    const browser = createBrowser(gateway);
    for (let i = 0; i < 5; i++) expect((await browser.logIn({ password: 'wrong' })).status).toBe(401);
    expect((await browser.logIn()).status).toBe(429);
    gateway.clock.step(-DAY_MS);
    expect((await createBrowser(gateway).logIn()).status).toBe(303);
  });

  it('back: the page goes on following', async () => {
    gateway = await startGateway();
    const browser = createBrowser(gateway);
    await browser.logIn();
    const stream = await browser.get('/admin/events');
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader?.read())?.value ?? '';
    gateway.clock.step(-DAY_MS);
    gateway.changeStatus({});
    await gateway.clock.advance(1_000);
    while (!text.includes('event: change')) text += (await reader?.read())?.value ?? '';
    await reader?.cancel();
  });

  describe.each(DATABASES)('sessions in %s', (kind) => {
    it('end half an hour after the last request, whatever the clock said then', async () => {
      gateway = await startGateway({ sessionStore: await newSessionStore(kind) });
      const browser = createBrowser(gateway);
      set(DAY_MS);
      await browser.logIn();
      set(-DAY_MS);
      expect((await browser.get('/admin/api/status')).status).toBe(200);
      set(DAY_MS);
      await browser.logIn();
      set(-DAY_MS);
      await gateway.clock.advance(10 * MINUTE_MS);
      const gone = async () => (await browser.get('/admin/api/status')).status === 401;
      await vi.waitFor(async () => expect(await gone()).toBe(true), { timeout: 10_000 });
    });

    it('end eight hours after the log-in, also when it lies ahead', async () => {
      gateway = await startGateway({ sessionStore: await newSessionStore(kind) });
      const browser = createBrowser(gateway);
      await browser.logIn();
      gateway.clock.step(-30_000);
      expect((await browser.get('/admin/api/status')).status).toBe(200);
      gateway.clock.step(-DAY_MS);
      expect((await browser.get('/admin/api/status')).status).toBe(401);
      expect((await browser.logIn()).status).toBe(303);
    });
  });
});

it.each([0, -DAY_MS, DAY_MS])(
  'look-ups of unknown people never wait for longer than their ten minutes (clock set by %i ms)',
  async (step) => {
    const clock = createTestClock();
    const { store, close } = await openTestDatabase('sqlite');
    onTestFinished(close);
    const { count, periodMs } = RULES['address-lookups'];
    const rules = { ...rulesOf({ eased: false, overrides: {} }), 'address-lookups': { count: 1, periodMs } };
    expect(count).toBe(10);
    const lookups = createLookups(createLimits({ store, clock, rules }));
    const unknown = () =>
      lookups.guard({ address: '203.0.113.1', cookie: null, fresh: 'hash', named: null }, () =>
        Promise.reject(new AppError('account_unknown', 'Nobody.')),
      );
    const answer = async () => (await unknown().catch((error: AppError) => error.code)) as string;
    expect(await answer()).toBe('account_unknown');
    expect(await answer()).toBe('rate_limited');
    clock.step(step);
    await clock.advance(10 * MINUTE_MS);
    expect(await answer()).toBe('account_unknown');
  },
);
