import { describe, expect, it } from 'vitest';
import { signIn } from '../auth/provider.js';
import { exchange } from '../http/raw.js';
import { DATABASES } from '../support/databases.js';
import { type Return, useGoogleWorld, world } from './google-world.js';
import { type Answer, cookieOf, MINUTE_MS } from './harness.js';
import { asOperator, cookieUser, PASSWORD, signUps, twoFactorUser } from './people.js';

const EVIL = 'evil.example';

describe.each(DATABASES)('what Google cannot sign in, on %s', (kind) => {
  useGoogleWorld(kind);

  const post = (path: string, body: unknown) => world.product.post(path, body);
  const secret = (cookie: string) => world.product.get('/protected', { cookie });
  const userOf = (answer: Answer) => world.userOf(answer);

  describe('is refused, without a cookie,', () => {
    it('for an address that Google has not verified', async () => {
      const { login, email } = world.person({ email_verified: false });
      world.expectRefused(await world.signIn(login));
      expect((await post('/signup', signUps.cookie(email))).status).toBe(201);
    });

    it('for an account with two factors, which is not linked either', async () => {
      const owner = await twoFactorUser(world.product);
      const { login } = world.person({ email: owner.email });
      world.expectRefused(await world.signIn(login));
      const found = await asOperator(world.product, (users) => users.find(owner.id));
      expect(found).toMatchObject({ identities: [], hasPassword: true });
      expect((await post('/api/auth/login', { email: owner.email, password: PASSWORD })).status).toBe(200);
    });

    it('for a deactivated account, linked or not; reactivated, it works again', async () => {
      const { login } = world.person();
      const answer = await world.signIn(login);
      const linked = await userOf(answer);
      const proven = await cookieUser(world.product);
      const other = world.person({ email: proven.email });
      for (const id of [linked.id, proven.id]) {
        await asOperator(world.product, (users) => users.deactivate(id));
      }
      world.expectRefused(await world.signIn(login));
      world.expectRefused(await world.signIn(other.login));
      expect((await secret(cookieOf(answer))).status).toBe(401);
      await asOperator(world.product, (users) => users.reactivate(linked.id));
      expect(await userOf(await world.signIn(login))).toEqual(linked);
      expect((await secret(cookieOf(answer))).status).toBe(401);
    });

    const change =
      (edit: (query: URLSearchParams) => void) =>
      ({ path, cookie }: Return): Return => {
        const url = new URL(path, world.publicUrl);
        edit(url.searchParams);
        return { path: `${url.pathname}?${url.searchParams}`, cookie };
      };
    it.each<[string, (back: Return) => Return]>([
      ['without a state', change((query) => query.delete('state'))],
      ['with another state', change((query) => query.set('state', 'A'.repeat(43)))],
      ['with an empty state', change((query) => query.set('state', ''))],
      ['with two states', change((query) => query.append('state', 'A'.repeat(43)))],
      ['without the cookie', ({ path }) => ({ path, cookie: '' })],
      ['with another cookie', ({ path }) => ({ path, cookie: `oauth_state=${'A'.repeat(43)}` })],
      [
        'with a state of its own making in both places',
        (back) => ({
          ...change((query) => query.set('state', 'B'.repeat(43)))(back),
          cookie: `oauth_state=${'B'.repeat(43)}`,
        }),
      ],
      ['without a code', change((query) => query.delete('code'))],
      ['with another code', change((query) => query.set('code', 'A'.repeat(43)))],
      ['with two codes', change((query) => query.append('code', 'A'.repeat(43)))],
      ['in the name of another issuer', change((query) => query.set('iss', `https://${EVIL}`))],
      [
        'that says that it failed',
        ({ path, cookie }) => ({ path: path.replace(/code=[^&]+/, 'error=access_denied'), cookie }),
      ],
      [
        'as an ID token of its own making',
        change((query) => {
          query.delete('code');
          query.set('id_token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhc2hhIn0.');
        }),
      ],
      ['with nothing at all', () => ({ path: '/auth/google/callback', cookie: '' })],
    ])('a callback %s', async (_name, tamper) => {
      const { path, cookie } = tamper(await world.comeBack(world.person().login));
      world.expectRefused(await world.product.get(path, { cookie }));
    });

    it('a callback that comes again, and all but one of ten at once', async () => {
      const { path, cookie } = await world.comeBack(world.person().login);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => world.product.get(path, { cookie })),
      );
      const won = answers.filter((answer) => cookieOf(answer) !== '');
      const lost = answers.filter((answer) => cookieOf(answer) === '');
      expect(won).toHaveLength(1);
      for (const answer of won) world.expectSignedIn(answer);
      for (const answer of [...lost, await world.product.get(path, { cookie })]) world.expectRefused(answer);
    });

    it("a code from a stranger's round trip, in hers", async () => {
      const his = await world.comeBack(world.person().login);
      const hers = await world.comeBack(world.person().login);
      const code = new URL(his.path, world.publicUrl).searchParams.get('code') ?? '';
      const { path } = change((query) => query.set('code', code))(hers);
      world.expectRefused(await world.product.get(path, { cookie: hers.cookie }));
    });

    it('a callback after ten minutes', async () => {
      const { path, cookie } = await world.comeBack(world.person().login);
      world.product.pass(10 * MINUTE_MS);
      world.expectRefused(await world.product.get(path, { cookie }));
    });

    it('while Google is down, and not any more afterwards', async () => {
      const { login } = world.person();
      const { path, cookie } = await world.comeBack(login);
      await world.provider.stop();
      try {
        world.expectRefused(await world.product.get(path, { cookie }));
      } finally {
        await world.provider.resume();
      }
      world.expectSignedIn(await world.signIn(login));
    });
  });

  describe('nobody is sent anywhere else', () => {
    /** With header lines that `fetch` would not send. */
    const location = async (target: string, lines: string[]) => {
      const { head } = await exchange(
        world.product.url,
        `GET ${target} HTTP/1.1\r\n${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`,
      );
      return /^location: (.*)$/im.exec(head)?.[1]?.trim() ?? '';
    };
    const FORGED = [
      `Host: ${EVIL}`,
      `X-Forwarded-Host: ${EVIL}`,
      'X-Forwarded-Proto: https',
      `Forwarded: host=${EVIL};proto=https`,
      `X-Original-URL: https://${EVIL}/`,
      `Referer: https://${EVIL}/`,
      `Origin: https://${EVIL}`,
    ];
    const more = ['next', 'redirect', 'redirect_uri', 'returnTo', 'url', 'CLIENT_URL']
      .map((name) => `${name}=${encodeURIComponent(`https://${EVIL}/`)}`)
      .join('&');

    it('on the way to Google', async () => {
      for (const target of ['/auth/google', `/auth/google?${more}`, `http://${EVIL}/auth/google`]) {
        const url = new URL(await location(target, FORGED));
        expect(url.origin).toBe(world.provider.issuer);
        expect(url.searchParams.getAll('redirect_uri')).toEqual([`${world.publicUrl}/auth/google/callback`]);
        expect(url.href).not.toContain(EVIL);
      }
    });

    it('on the way back', async () => {
      const { login } = world.person();
      const forged = [`X-Forwarded-Host: ${EVIL}`, `Referer: https://${EVIL}/`, ...FORGED.slice(0, 1)];
      const done = 'dashboard\\?auth=success';
      for (const [suffix, end] of [
        ['', done],
        // Unknown parameters of a callback may be refused: what counts is where it ends.
        [`&${more}`, `(${done}|login\\?error=[a-z_]+)`],
      ]) {
        const { path, cookie } = await world.comeBack(login);
        const to = await location(`${path}${suffix}`, [...forged, `Cookie: ${cookie}`]);
        expect(to).toMatch(new RegExp(`^${world.clientUrl}/${end}$`));
      }
      const failed = await location(`/auth/google/callback?${more}&error=${EVIL}`, FORGED);
      expect(failed).toBe(`${world.clientUrl}/login?error=oauth_failed`);
    });

    it('not even to a path that looks like another site', async () => {
      for (const target of [`//${EVIL}/auth/google`, `/auth/google//${EVIL}`, `/auth/google/..//${EVIL}`]) {
        expect(await location(target, FORGED)).not.toMatch(new RegExp(`^(https?:)?//${EVIL}`));
      }
    });
  });

  it('the round trip leaves no code in a cache', async () => {
    const { path, cookie } = await world.comeBack(world.person().login);
    const answer = await world.product.get(path, { cookie });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('a state of one browser does not open the round trip of another', async () => {
    const [his, hers] = [await world.product.get('/auth/google'), await world.product.get('/auth/google')];
    const url = new URL(await signIn(his.headers.get('location') ?? '', world.person().login));
    const path = `${url.pathname}${url.search}`;
    world.expectRefused(await world.product.get(path, { cookie: cookieOf(hers, 'oauth_state') }));
    const both = `${cookieOf(hers, 'oauth_state')}; ${cookieOf(his, 'oauth_state')}`;
    world.expectRefused(await world.product.get(path, { cookie: both }));
    world.expectSignedIn(await world.product.get(path, { cookie: cookieOf(his, 'oauth_state') }));
  });
});
