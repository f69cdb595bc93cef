import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useBrowser } from '../browser/browser.js';
import { DATABASES } from '../support/databases.js';
import { useGoogleWorld, world } from './google-world.js';
import { type Answer, cookieOf, newEmail, newPhone } from './harness.js';
import {
  asOperator,
  cookieUser,
  PASSWORD,
  signUps,
  twoFactorToken,
  twoFactorUser,
  whatsappUser,
} from './people.js';

const PROVEN = { email_verified: true, phone_verified: false };

describe.each(DATABASES)('signing in with Google, on %s', (kind) => {
  useGoogleWorld(kind);

  const post = (path: string, body: unknown) => world.product.post(path, body);
  const secret = (cookie: string) => world.product.get('/protected', { cookie });
  const userOf = (answer: Answer) => world.userOf(answer);

  describe('in a browser', () => {
    const browsing = useBrowser();
    const tokenOf = async (page: Page) =>
      (await page.context().cookies(world.publicUrl)).find(({ name }) => name === 'token');

    /** Fills in what the provider asks for. */
    async function agree(page: Page, login: string): Promise<void> {
      await page.locator('input[name=login]').fill(login);
      await page.locator('input[name=password]').fill('any');
      await page.locator('button[type=submit]').click();
      await page.getByRole('button', { name: 'Continue' }).click();
    }

    it('leads to the client, whose pages see who it is, and nothing of the token', async () => {
      const { login, email } = world.person();
      const page = await browsing.newPage();
      await page.goto(`${world.publicUrl}/auth/google`);
      expect(new URL(page.url()).origin).toBe(world.provider.issuer);
      await agree(page, login);
      await page.waitForURL(`${world.clientUrl}/dashboard?auth=success`);

      const token = await tokenOf(page);
      expect(token).toMatchObject({ domain: 'localhost', path: '/', httpOnly: true, sameSite: 'Lax' });
      expect(await page.evaluate('document.cookie')).toBe('');
      const ask = (method: string, path: string) =>
        page.evaluate(
          async ([method, url]) => {
            const answer = await fetch(url, { method, credentials: 'include' });
            return [answer.status, await answer.json()] as unknown;
          },
          [method, `${world.publicUrl}${path}`] as const,
        );
      expect(await ask('GET', '/protected')).toEqual([
        200,
        {
          success: true,
          message: 'Access granted to protected route',
          user: { id: expect.any(String), username: 'Asha Mehta', email, ...PROVEN },
        },
      ]);
      expect(await ask('POST', '/logout')).toMatchObject([200, { success: true }]);
      expect(await tokenOf(page)).toBeUndefined();
      expect((await secret(`token=${token?.value}`)).status).toBe(401);
    });

    it('leads to the client without a cookie when the person declines', async () => {
      const page = await browsing.newPage();
      await page.goto(`${world.publicUrl}/auth/google`);
      await page.getByText('Cancel').click();
      await page.waitForURL(`${world.clientUrl}/login?error=oauth_failed`);
      expect(await tokenOf(page)).toBeUndefined();
    });

    it("a link to the end of somebody else's round trip signs nobody in", async () => {
      const { path } = await world.comeBack(world.person().login);
      const page = await browsing.newPage();
      await page.goto(`${world.publicUrl}${path}`);
      expect(page.url()).toBe(`${world.clientUrl}/login?error=oauth_failed`);
      const another = await world.comeBack(world.person().login);
      await page.goto(`${world.publicUrl}/auth/google`);
      await page.goto(`${world.publicUrl}${another.path}`);
      expect(page.url()).toBe(`${world.clientUrl}/login?error=oauth_failed`);
      expect(await tokenOf(page)).toBeUndefined();
    });
  });

  describe('whose account it is', () => {
    it('somebody new gets one, and the same the next time, whatever address Google says then', async () => {
      const { login, email } = world.person();
      const first = await world.signIn(login);
      expect(first.headers.getSetCookie().find((line) => line.startsWith('token='))).toMatch(
        /; Max-Age=86400; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
      );
      const user = await userOf(first);
      expect(user).toEqual({ id: expect.any(String), username: 'Asha Mehta', email, ...PROVEN });
      world.provider.people.set(login, { email: newEmail(), email_verified: true, name: 'Another' });
      expect(await userOf(await world.signIn(login))).toEqual(user);
    });

    it('of two first sign-ins at once both get the same', async () => {
      const { login } = world.person();
      const both = [await world.comeBack(login), await world.comeBack(login)];
      const users = await Promise.all(
        both.map(async ({ path, cookie }) => userOf(await world.product.get(path, { cookie }))),
      );
      expect(users[0]).toEqual(users[1]);
    });

    it('the account that has proven the address is linked, and keeps its password', async () => {
      const owner = await cookieUser(world.product);
      const { login } = world.person({ email: owner.email.toUpperCase() });
      expect(await userOf(await world.signIn(login))).toMatchObject({ id: owner.id, username: 'johndoe' });
      expect((await secret(owner.cookie)).status).toBe(200);
      expect((await post('/login', { email: owner.email, password: PASSWORD })).status).toBe(201);
    });

    it('its name is kept as people see it, its address in our spelling', async () => {
      const { login } = world.person({
        name: '\u202eJose\u0301 \u200bS\ufeff ',
        email: `\u202a${newEmail()}`,
      });
      expect(await userOf(await world.signIn(login))).toMatchObject({ username: 'José S' });
      const [name] = newEmail().split('@');
      const nobody = world.person({ name: '\u200b\u202e', email: `${name}@ПРИМЕР.рф` });
      const email = `${name}@xn--e1afmkfd.xn--p1ai`;
      expect(await userOf(await world.signIn(nobody.login))).toMatchObject({ username: name, email });
    });

    it('it has no password, and the login says what to use instead', async () => {
      const { login, email } = world.person();
      await world.signIn(login);
      const answer = await post('/login', { email, password: PASSWORD });
      expect([answer.status, answer.body]).toEqual([
        400,
        {
          success: false,
          message: 'This account uses Google Sign-In. Please use Google to login.',
          code: 'uses_google',
        },
      ]);
      expect((await post('/api/auth/login', { email, password: PASSWORD })).status).toBe(401);
      expect((await post('/signup', signUps.cookie(email))).status).toBe(409);
    });

    it('a deleted account is gone: its cookie says so, and Google makes a new one', async () => {
      const { login } = world.person();
      const answer = await world.signIn(login);
      const user = await userOf(answer);
      await asOperator(world.product, (users) => users.remove(user.id));
      expect((await secret(cookieOf(answer))).body).toEqual({
        success: false,
        message: 'User not found. Please login again.',
        code: 'token_user_gone',
      });
      expect((await userOf(await world.signIn(login))).id).not.toBe(user.id);
    });
  });

  describe('a stranger was here first, with her address and a phone of his own', () => {
    it('he loses address, password and tokens; his phone stays his', async () => {
      const { login, email } = world.person();
      const stranger = await whatsappUser(world.product, email);
      const bearer = { authorization: `Bearer ${stranger.token}` };
      expect((await world.product.get('/api/users/me', bearer)).status).toBe(200);
      const hers = await userOf(await world.signIn(login));
      expect(hers.id).not.toBe(stranger.id);

      expect((await world.product.get('/api/users/me', bearer)).status).toBe(401);
      expect((await post('/api/auth/login', { email, password: PASSWORD })).status).toBe(401);
      expect((await post('/login', { email, password: PASSWORD })).status).toBe(400);
      const { phone } = stranger;
      expect((await post('/api/auth-otp/request-login', { phone })).status).toBe(200);
      const otp = await world.product.codeFor(phone);
      const again = await post('/api/auth-otp/verify-login', { phone, otp });
      expect(again.body.data).toMatchObject({ user: { id: stranger.id, email: null } });
    });

    it('his cookie ends, too', async () => {
      const { login, email } = world.person();
      const stranger = await cookieUser(world.product, email, newPhone());
      expect((await secret(stranger.cookie)).status).toBe(200);
      world.expectSignedIn(await world.signIn(login));
      expect((await secret(stranger.cookie)).status).toBe(401);
    });

    it('a registration of his that still waits for its code ends', async () => {
      const { login, email } = world.person();
      const phone = newPhone();
      await post('/signup', signUps.cookie(email, phone));
      const otp = await world.product.codeFor(phone);
      const hers = await userOf(await world.signIn(login));
      const answer = await post('/verify-otp', { email, otp });
      expect([answer.status, cookieOf(answer)]).toEqual([400, '']);
      expect((await post('/login', { email, password: PASSWORD })).status).toBe(400);
      expect(await userOf(await world.signIn(login))).toEqual(hers);
    });

    it('so do a second step that waits for its code, and tokens after one', async () => {
      const { login, email } = world.person();
      const phone = newPhone();
      const stranger = await twoFactorUser(world.product, email, phone);
      const token = await twoFactorToken(world.product, stranger);
      await post('/api/auth/login', { email, password: PASSWORD });
      const otp = await world.product.codeFor(phone);
      world.expectSignedIn(await world.signIn(login));
      const answer = await post('/api/auth/login/verify-otp', { userId: stranger.id, otp });
      expect([answer.status, answer.body]).toEqual([
        400,
        { success: false, message: 'Invalid OTP', code: 'code_invalid' },
      ]);
      const me = await world.product.get('/api/auth/me', { authorization: `Bearer ${token}` });
      expect(me.status).toBe(401);
    });
  });

  it('last sign-ins are noted with their own address, whatever a header says', async () => {
    const { login } = world.person();
    const { path, cookie } = await world.comeBack(login);
    const answer = await world.product.get(path, { cookie, 'x-forwarded-for': '203.0.113.7' });
    const { id } = await userOf(answer);
    const found = await asOperator(world.product, (users) => users.find(id));
    expect(found).toMatchObject({ lastLoginAddress: '127.0.0.1', lastLoginAt: expect.any(Number) });
  });
});
