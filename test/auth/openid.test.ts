import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createOpenIdLogin, type OpenIdLogin, STATE_LIFE_MS } from '../../src/auth/openid/openid.js';
import { AppError } from '../../src/errors.js';
import { createSealer } from '../../src/sealing.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { KEY, OTHER_KEY } from '../support/secrets.js';
import { CLIENT, type Person, signIn, startProvider, type TestProvider } from './provider.js';
import { outcome } from './world.js';

const REDIRECT_URI = 'http://localhost:4000/auth/google/callback';
const ASHA: Person = { email: 'Asha@Example.com', email_verified: true, name: 'Asha Mehta' };
const people = {
  asha: ASHA,
  unproven: { ...ASHA, email_verified: false },
  stranger: { ...ASHA, email: 'stranger@example.com' },
};

describe.each(DATABASES)('signing in with a provider, on %s', (kind) => {
  let provider: TestProvider;
  let database: Database;
  let clock: ReturnType<typeof createTestClock>;
  let openid: OpenIdLogin;

  beforeAll(async () => {
    provider = await startProvider({ redirectUri: REDIRECT_URI, people });
  });
  afterAll(() => provider.close());

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    openid = login();
  });
  afterEach(async () => {
    provider.forgeIdTokens(null);
    provider.hang(false);
    await database.close();
  });

  function login(
    change: { issuer?: string; clientSecret?: string; timeoutSeconds?: number; key?: string } = {},
  ) {
    const { timeoutSeconds, key = KEY, ...settings } = change;
    return createOpenIdLogin({
      store: database.store,
      clock,
      sealer: createSealer(key, 'openid'),
      settings: {
        issuer: provider.issuer,
        ...CLIENT,
        redirectUri: () => REDIRECT_URI,
        allowHttp: true,
        ...settings,
      },
      ...(timeoutSeconds && { timeoutSeconds }),
    });
  }

  /** A browser that has come back from the provider: the query of the callback, and what its cookie kept. */
  async function roundTrip(person = 'asha', at = openid) {
    const { url, kept } = await at.begin();
    return { query: new URL(await signIn(url, person)).search, kept };
  }

  const stateIn = (text: string) =>
    new URLSearchParams(new URL(text, REDIRECT_URI).search).get('state') ?? '';
  const rows = () => database.store.selectFrom('openid_logins').selectAll().execute();

  const without = (query: string, ...names: string[]) => {
    const parameters = new URLSearchParams(query);
    for (const name of names) parameters.delete(name);
    return `?${parameters}`;
  };

  it('tells who has signed in, with the address in our spelling', async () => {
    const { query, kept } = await roundTrip();
    expect(await openid.finish(query, kept)).toEqual({
      issuer: provider.issuer,
      subject: 'asha',
      email: 'asha@example.com',
      name: 'Asha Mehta',
    });
  });

  it('whoever begins, a thousand times, leaves nothing in the database', async () => {
    for (let n = 0; n < 1_000; n++) await openid.begin();
    expect(await rows()).toEqual([]);
    const { query, kept } = await roundTrip();
    await openid.finish(query, kept);
    const used = JSON.stringify(await rows());
    expect(used).toHaveLength(
      JSON.stringify([{ id: 'x'.repeat(64), secrets: '', expires_at: clock.now() }]).length,
    );
    expect(used).not.toContain(stateIn(query));
  });

  it('asks for a code with PKCE, a state and a nonce, and shows none of its own secrets', async () => {
    const { url, kept } = await openid.begin();
    const parameters = new URL(url).searchParams;
    expect(Object.fromEntries(parameters)).toMatchObject({
      response_type: 'code',
      client_id: CLIENT.clientId,
      redirect_uri: REDIRECT_URI,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
    });
    for (const name of ['code_challenge', 'nonce', 'state'])
      expect(parameters.get(name)?.length).toBeGreaterThan(40);
    const shown = Buffer.from(kept, 'base64').toString('latin1');
    expect(shown).not.toContain(stateIn(url));
    expect(shown).not.toContain(parameters.get('nonce'));
    expect(url).not.toContain(CLIENT.clientSecret);
  });

  it('every round trip has secrets of its own', async () => {
    const urls = await Promise.all([openid.begin(), openid.begin()]);
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(new Set(urls.map(({ url }) => new URL(url).searchParams.get(name))).size).toBe(2);
    }
  });

  it('a callback without a state, with a made-up one, or in another browser leads nowhere', async () => {
    const { query, kept } = await roundTrip();
    const other = await openid.begin();
    const before = provider.tokenRequests();
    expect(await outcome(openid.finish(query, null))).toBe('openid_failed');
    expect(await outcome(openid.finish(query, other.kept))).toBe('openid_failed');
    expect(await outcome(openid.finish(query, 'made-up'))).toBe('openid_failed');
    expect(await outcome(openid.finish(without(query, 'state'), kept))).toBe('openid_failed');
    expect(await outcome(openid.finish('', ''))).toBe('openid_failed');
    const made = query.replace(stateIn(query), 'made-up');
    expect(await outcome(openid.finish(made, 'made-up'))).toBe('openid_failed');
    expect(provider.tokenRequests()).toBe(before);
    expect((await openid.finish(query, kept)).subject).toBe('asha');
  });

  it('a second state in the query does not pass for the first', async () => {
    const { query, kept } = await roundTrip();
    expect(await outcome(openid.finish(`${query}&state=other`, kept))).toBe('openid_failed');
  });

  it('a state is good once, also for ten at once', async () => {
    const { query, kept } = await roundTrip();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(openid.finish(query, kept))));
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(1);
    expect(await outcome(openid.finish(query, kept))).toBe('openid_failed');
  });

  it('a state is good for ten minutes', async () => {
    const early = await roundTrip();
    const late = await roundTrip();
    await clock.advance(STATE_LIFE_MS - 1);
    expect(await outcome(openid.finish(early.query, early.kept))).toBe('ok');
    await clock.advance(1);
    expect(await outcome(openid.finish(late.query, late.kept))).toBe('openid_failed');
  });

  it('a code from somebody else’s round trip is refused', async () => {
    const his = await roundTrip('stranger');
    const hers = await openid.begin();
    const code = new URLSearchParams(his.query).get('code') ?? '';
    const injected = `?${new URLSearchParams({ code, state: stateIn(hers.url), iss: provider.issuer })}`;
    expect(await outcome(openid.finish(injected, hers.kept))).toBe('openid_failed');
  });

  it('a code for another nonce is refused, even with the right challenge', async () => {
    const { url, kept } = await openid.begin();
    const changed = new URL(url);
    changed.searchParams.set('nonce', 'the-nonce-of-somebody-else');
    const query = new URL(await signIn(changed.href, 'stranger')).search;
    expect(await outcome(openid.finish(query, kept))).toBe('openid_failed');
  });

  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['another audience', (claims) => ({ ...claims, aud: 'somebody-else' })],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
    ['an end long past', (claims) => ({ ...claims, exp: 1 })],
    ['no subject', ({ sub: _, ...claims }) => claims],
    ['an address that is no address', (claims) => ({ ...claims, email: 'asha' })],
    ['a list of addresses', (claims) => ({ ...claims, email: ['asha@example.com'] })],
    ['an address that is "true"', (claims) => ({ ...claims, email_verified: 'true' })],
  ])('an ID token with %s is refused', async (_name, forge) => {
    const { query, kept } = await roundTrip();
    provider.forgeIdTokens(forge);
    expect(await outcome(openid.finish(query, kept))).toBe('openid_failed');
  });

  it('a token that is only passed through the same way is accepted', async () => {
    const { query, kept } = await roundTrip();
    provider.forgeIdTokens((claims) => claims);
    expect(await outcome(openid.finish(query, kept))).toBe('ok');
  });

  it('an address that the provider has not verified is refused', async () => {
    const { query, kept } = await roundTrip('unproven');
    expect(await outcome(openid.finish(query, kept))).toBe('openid_failed');
  });

  it('a refusal of the person is one of ours, and ends the round trip', async () => {
    const { query, kept } = await roundTrip();
    const said = { error: 'access_denied', state: stateIn(query), iss: provider.issuer };
    const refused = `?${new URLSearchParams(said)}`;
    expect(await outcome(openid.finish(refused, kept))).toBe('openid_failed');
    expect(await outcome(openid.finish(query, kept))).toBe('openid_failed');
  });

  it('an answer in the name of another provider is refused', async () => {
    const { query, kept } = await roundTrip();
    const elsewhere = `${without(query, 'iss')}&iss=${encodeURIComponent('https://evil.example')}`;
    expect(await outcome(openid.finish(elsewhere, kept))).toBe('openid_failed');
  });

  it('secrets that were sealed under another key open nothing', async () => {
    const { query, kept } = await roundTrip();
    expect(await outcome(login({ key: OTHER_KEY }).finish(query, kept))).toBe('openid_failed');
  });

  it('names lose what could break a line', async () => {
    provider.people.set('odd', { ...ASHA, name: ' As\0ha\r\n\u001b[2J ' });
    const { query, kept } = await roundTrip('odd');
    expect((await openid.finish(query, kept)).name).toBe('Asha[2J');
  });

  it('a provider that is down fails both steps, and is asked again when it is back', async () => {
    const fresh = login();
    const started = await roundTrip();
    await provider.stop();
    try {
      expect(await outcome(fresh.begin())).toBe('openid_failed');
      expect(await outcome(openid.finish(started.query, started.kept))).toBe('openid_failed');
    } finally {
      await provider.resume();
    }
    const { query, kept } = await roundTrip('asha', fresh);
    expect(await outcome(fresh.finish(query, kept))).toBe('ok');
  });

  it('a provider that does not answer is waited for, but not for long', async () => {
    const { query, kept } = await roundTrip('asha', login({ timeoutSeconds: 1 }));
    const impatient = login({ timeoutSeconds: 1 });
    provider.hang(true);
    const startedAt = performance.now();
    expect(await outcome(impatient.begin())).toBe('openid_failed');
    expect(await outcome(impatient.finish(query, kept))).toBe('openid_failed');
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  it('a plain-HTTP provider is refused where that is not allowed', async () => {
    const strict = createOpenIdLogin({
      store: database.store,
      clock,
      sealer: createSealer(KEY, 'openid'),
      settings: { issuer: provider.issuer, ...CLIENT, redirectUri: () => REDIRECT_URI, allowHttp: false },
    });
    expect(await outcome(strict.begin())).toBe('openid_failed');
  });

  it.each([
    ['client_secret_basic', true],
    ['client_secret_post', true],
    ['client_secret_basic', false],
  ] as const)('works with %s, claims in the ID token: %s', async (authMethod, claimsInIdToken) => {
    const other = await startProvider({ redirectUri: REDIRECT_URI, people, authMethod, claimsInIdToken });
    try {
      const at = login({ issuer: other.issuer });
      const { query, kept } = await roundTrip('asha', at);
      expect(await at.finish(query, kept)).toEqual({
        issuer: other.issuer,
        subject: 'asha',
        email: 'asha@example.com',
        name: 'Asha Mehta',
      });
      const unproven = await roundTrip('unproven', at);
      expect(await outcome(at.finish(unproven.query, unproven.kept))).toBe('openid_failed');
    } finally {
      await other.close();
    }
  });

  it('a wrong client secret fails', async () => {
    const wrong = login({ clientSecret: 'not-the-secret' });
    const { query, kept } = await roundTrip('asha', wrong);
    expect(await outcome(wrong.finish(query, kept))).toBe('openid_failed');
  });

  it('no failure carries a code, a token, a nonce, a claim or the secret', async () => {
    const failures: AppError[] = [];
    const catching = (work: Promise<unknown>) =>
      work.then(
        () => expect.unreachable(),
        (error: AppError) => void failures.push(error),
      );
    const secrets = [CLIENT.clientSecret, 'asha@example.com', ASHA.email];
    for (const forge of [
      (claims: Record<string, unknown>) => ({ ...claims, aud: 'somebody-else' }),
      (claims: Record<string, unknown>) => ({ ...claims, nonce: 'another' }),
      (claims: Record<string, unknown>) => ({ ...claims, email_verified: false }),
    ]) {
      const { query, kept } = await roundTrip();
      secrets.push(kept, stateIn(query), new URLSearchParams(query).get('code') ?? '');
      provider.forgeIdTokens(forge);
      await catching(openid.finish(query, kept));
      provider.forgeIdTokens(null);
      await catching(openid.finish(query, kept));
    }
    const wrong = login({ clientSecret: 'not-the-secret' });
    const { query, kept } = await roundTrip('asha', wrong);
    secrets.push('not-the-secret', kept, stateIn(query), new URLSearchParams(query).get('code') ?? '');
    await catching(wrong.finish(query, kept));
    expect(failures).toHaveLength(7);
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(AppError);
      const shown = everythingIn(failure);
      for (const secret of secrets.filter((each) => each !== '')) expect(shown).not.toContain(secret);
    }
    expect(everythingIn(failures[0])).toContain('OAUTH_JWT_CLAIM_COMPARISON_FAILED');
  });
});

/** All that a logger could find: own properties, hidden ones, causes of causes. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.has(value)) return '';
  seen.add(value);
  return Reflect.ownKeys(value)
    .map((key) => `${String(key)} ${everythingIn(Reflect.get(value, key), seen)}`)
    .join('\n');
}
