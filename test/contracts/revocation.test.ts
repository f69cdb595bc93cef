import { describe, expect, it } from 'vitest';
import { loginByPhone, loginByWhatsApp } from './flows.js';
import { type Answer, cookieOf, MINUTE_MS, onBothDatabases, textAt } from './harness.js';
import {
  asOperator,
  cookieUser,
  PASSWORD,
  phoneUser,
  signUps,
  twoFactorToken,
  twoFactorUser,
  whatsappUser,
} from './people.js';

const GONE = 'Invalid or expired token. Please login again.';
const INACTIVE = expect.stringMatching(/inactive/i);

onBothDatabases({}, (product) => {
  const post = (path: string, body: unknown) => product().post(path, body);
  const secret = (cookie: string) => product().get('/protected', { cookie });
  const bearer = (path: string, token: string) => product().get(path, { authorization: `Bearer ${token}` });
  const password = (path: string, email: string) => post(path, { email, password: PASSWORD });

  it('a token that was logged out stays so, also after a restart; its sisters live on', async () => {
    const { email, cookie } = await cookieUser(product());
    const sister = cookieOf(await password('/login', email));
    const headers = { cookie };
    expect((await product().post('/logout', undefined, { headers })).status).toBe(200);
    for (let start = 0; start < 2; start++) {
      const replayed = await secret(cookie);
      expect([replayed.status, replayed.body.message]).toEqual([401, GONE]);
      expect((await product().post('/', undefined, { headers })).body).toEqual({ status: false });
      expect((await secret(sister)).status).toBe(200);
      if (start === 0) await product().restart();
    }
  });

  it('nobody can log somebody else out', async () => {
    const { cookie } = await cookieUser(product());
    const { token } = await whatsappUser(product());
    for (const other of [`token=${token}`, `${cookie.slice(0, -2)}xx`, 'token=']) {
      await product().post('/logout', undefined, { headers: { cookie: other } });
    }
    expect((await secret(cookie)).status).toBe(200);
    expect((await bearer('/api/users/me', token)).status).toBe(200);
  });

  describe('a deactivated account', () => {
    it('is refused at every door, with every code and token that it has', async () => {
      const [phone, whatsapp, cookie, two] = [
        await phoneUser(product()),
        await whatsappUser(product()),
        await cookieUser(product()),
        await twoFactorUser(product()),
      ];
      const token = await twoFactorToken(product(), two);
      const codes = [await loginByPhone(product(), phone), await loginByWhatsApp(product(), whatsapp)];
      await password('/api/auth/login', two.email);
      const otp = await product().codeFor(two.email);
      await asOperator(product(), async (users) => {
        for (const { id } of [phone, whatsapp, cookie, two]) await users.deactivate(id);
      });

      const tokens = () =>
        Promise.all([
          bearer('/api/users/me', whatsapp.token),
          bearer('/api/auth/me', token),
          secret(cookie.cookie),
        ]);
      expect(statusesOf(await tokens())).toEqual([401, 401, 401]);
      for (const { give, code } of codes) expect((await give(code)).status).toBe(400);
      const second = await post('/api/auth/login/verify-otp', { userId: two.id, otp });
      expect([second.status, second.body]).toEqual([
        403,
        { success: false, message: INACTIVE, code: 'account_inactive' },
      ]);

      const byPhone = await post('/api/users/login', { phoneNumber: phone.phone });
      expect([byPhone.status, byPhone.body]).toEqual([
        404,
        { message: 'User not found', code: 'account_unknown' },
      ]);
      const byWhatsApp = await post('/api/auth-otp/request-login', { phone: whatsapp.phone });
      expect([byWhatsApp.status, byWhatsApp.body]).toEqual([
        404,
        { success: false, message: 'No active user found with this phone number', code: 'account_unknown' },
      ]);
      for (const { email } of [whatsapp, two]) {
        const login = await password('/api/auth/login', email);
        expect([login.status, login.body]).toEqual([
          403,
          { success: false, message: INACTIVE, code: 'account_inactive' },
        ]);
      }
      const login = await password('/login', cookie.email);
      expect([login.status, login.headers.getSetCookie()]).toEqual([403, []]);
      // Only with the right password is it told.
      const guessed = await post('/login', { email: cookie.email, password: 'wrong' });
      expect(guessed.status).toBe(401);
      // Its phone and address are still taken.
      expect((await post('/api/users/register', signUps.phone(phone.phone))).status).toBe(409);
      expect((await post('/signup', signUps.cookie(cookie.email))).status).toBe(409);

      await asOperator(product(), async (users) => {
        for (const { id } of [phone, whatsapp, cookie, two]) await users.reactivate(id);
      });
      expect(statusesOf(await tokens())).toEqual([401, 401, 401]);
      for (const { give, code } of codes) expect((await give(code)).status).toBe(400);
      expect((await password('/login', cookie.email)).status).toBe(201);
      expect((await password('/api/auth/login', whatsapp.email)).status).toBe(200);
    });

    it('gets no second code while it waits for one', async () => {
      const two = await twoFactorUser(product());
      await password('/api/auth/login', two.email);
      await product().codeFor(two.email);
      const before = product().messagesOf(two.email).length;
      await asOperator(product(), (users) => users.deactivate(two.id));
      expect((await post('/api/auth/login/resend-otp', { userId: two.id })).status).toBe(200);
      await product().delivered();
      expect(product().messagesOf(two.email)).toHaveLength(before);
    });
  });

  it('a deleted account is gone, with its tokens and codes, and its phone and address are free', async () => {
    const person = await whatsappUser(product());
    const { email, cookie, id } = await cookieUser(product());
    const { give, code } = await loginByWhatsApp(product(), person);
    await asOperator(product(), async (users) => {
      await users.remove(person.id);
      await users.remove(id);
    });
    expect((await give(code)).status).toBe(400);
    expect((await bearer('/api/users/me', person.token)).status).toBe(401);
    const gone = await secret(cookie);
    expect([gone.status, gone.body.message]).toEqual([401, 'User not found. Please login again.']);
    expect((await password('/login', email)).status).toBe(401);
    product().pass(10 * MINUTE_MS);
    await post('/api/auth-otp/register', signUps.whatsapp(person.phone));
    const otp = await product().codeFor(person.phone);
    const answer = await post('/api/auth-otp/verify', { phone: person.phone, otp });
    expect(textAt(answer, 'data', 'user', 'id')).not.toBe(person.id);
    expect((await bearer('/api/users/me', person.token)).status).toBe(401);
    expect((await post('/signup', signUps.cookie(email))).status).toBe(201);
  });

  it('every door notes when somebody came in and from where, whatever a header says', async () => {
    const whatsapp = await whatsappUser(product());
    const phone = await phoneUser(product());
    const cookie = await cookieUser(product());
    const two = await twoFactorUser(product());
    const lied = { headers: { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' } };
    const body = (email: string, given = PASSWORD) => ({ email, password: given });
    const noted = async (id: string) => {
      const found = await asOperator(product(), (users) => users.find(id));
      expect(found?.lastLoginAddress ?? '127.0.0.1').toBe('127.0.0.1');
      return found?.lastLoginAt ?? 0;
    };
    const doors: [string, () => Promise<Answer>][] = [
      [whatsapp.id, () => product().post('/api/auth/login', body(whatsapp.email), lied)],
      [cookie.id, () => product().post('/login', body(cookie.email), lied)],
      [
        phone.id,
        async () => {
          const { code } = await loginByPhone(product(), phone);
          const given = { phoneNumber: phone.phone, otp: code, mode: 'login' };
          return product().post('/api/otp/verify', given, lied);
        },
      ],
      [
        whatsapp.id,
        async () => {
          const { code } = await loginByWhatsApp(product(), whatsapp);
          return product().post('/api/auth-otp/verify-login', { phone: whatsapp.phone, otp: code }, lied);
        },
      ],
      [
        two.id,
        async () => {
          const before = await noted(two.id);
          await product().post('/api/auth/login', body(two.email), lied);
          expect(await noted(two.id)).toBe(before);
          const otp = await product().codeFor(two.email);
          return product().post('/api/auth/login/verify-otp', { userId: two.id, otp }, lied);
        },
      ],
    ];
    for (const [id, enter] of doors) {
      const before = await noted(id);
      product().pass(MINUTE_MS);
      expect([200, 201]).toContain((await enter()).status);
      expect(await noted(id)).toBeGreaterThan(before);
    }
    const before = await noted(cookie.id);
    product().pass(MINUTE_MS);
    await product().post('/login', body(cookie.email, 'wrong'), lied);
    expect(await noted(cookie.id)).toBe(before);
  });
});

const statusesOf = (answers: Answer[]) => answers.map(({ status }) => status);
