import { describe, expect, it, onTestFinished } from 'vitest';
import type { OpenIdLogin } from '../../src/auth/openid/openid.js';
import { createLimits } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { API_KEY, startGateway } from './harness.js';

const PROVIDER = 'https://accounts.example.test/authorize';
const REFUSED = 'http://localhost:3000/login?error=oauth_failed';
const MINUTE_MS = 60_000;

describe.each(DATABASES)('on %s', (kind) => {
  it('one address begins thirty sign-ins with Google in ten minutes; others go on', async () => {
    const database = await openTestDatabase(kind);
    onTestFinished(() => database.close());
    const clock = createTestClock();
    const rules = rulesOf({ eased: false, overrides: {} });
    let begun = 0;
    const openid: OpenIdLogin = {
      begin: async () => ({ url: PROVIDER, kept: `sealed-${++begun}` }),
      finish: () => Promise.reject(new Error('nobody comes back')),
    };
    const gateway = await startGateway({
      openid,
      limits: createLimits({ store: database.store, clock, rules }),
      databaseKind: kind,
    });
    onTestFinished(() => gateway.close());
    async function begin(headers: Record<string, string> = {}): Promise<string | null> {
      const answer = await fetch(`${gateway.url}/auth/google`, { headers, redirect: 'manual' });
      expect(answer.status).toBe(302);
      const to = answer.headers.get('location');
      expect(answer.headers.getSetCookie().length).toBe(to === PROVIDER ? 1 : 0);
      return to;
    }

    for (let nth = 1; nth <= 30; nth++) expect([nth, await begin()]).toEqual([nth, PROVIDER]);
    expect([await begin(), await begin()]).toEqual([REFUSED, REFUSED]);
    expect(begun).toBe(30);
    expect(await begin({ 'x-api-key': API_KEY, 'x-client-address': '203.0.113.7' })).toBe(PROVIDER);
    await clock.advance(10 * MINUTE_MS);
    expect(await begin()).toBe(PROVIDER);
  });
});
