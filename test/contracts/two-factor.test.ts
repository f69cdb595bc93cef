import { describe, expect, it } from 'vitest';
import {
  claimsOf,
  expectRetryAfter,
  MINUTE_MS,
  newEmail,
  newPhone,
  onBothDatabases,
  otherThan,
  type Product,
  SAYS_HOW_LONG,
  SECOND_MS,
  textAt,
  UUID,
  waitOf,
} from './harness.js';

const PASSWORD = 'StrongPassword123';
const refusal = (message: string, code: string) => ({ success: false, message, code });

onBothDatabases({}, (product) => {
  const post = (path: string, body: unknown) => product().post(`/api/auth${path}`, body);
  const me = (token: string) => product().get('/api/auth/me', { authorization: `Bearer ${token}` });
  const start = async (email: string, more: object = {}) =>
    textAt(await post('/register/start', { ...name, email, ...more }), 'data', 'userId');
  const name = { firstName: 'Asha', lastName: 'Mehta' };

  describe('the documented walk', () => {
    const email = newEmail();
    let userId: string;
    let token: string;

    it('1. start: a code goes to the address', async () => {
      const answer = await post('/register/start', { ...name, email });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'OTP sent to your email',
        data: { userId: expect.stringMatching(UUID), email },
        registration: expect.stringMatching(UUID),
      });
      userId = textAt(answer, 'data', 'userId');
      expect(answer.body.registration).toBe(userId);
    });

    it('3. resend: the older code is worth nothing', async () => {
      const older = await product().codeFor(email);
      const answer = await post('/register/resend-otp', { email });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'OTP resent successfully',
        registration: userId,
      });
      const newer = await product().codeFor(email);
      expect((await post('/register/verify-otp', { userId, otp: older })).body).toEqual(
        refusal('Invalid OTP', 'code_invalid'),
      );
      const verified = await post('/register/verify-otp', { userId, otp: newer });
      expect(verified.status).toBe(200);
      expect(verified.body).toEqual({ success: true, message: 'Email verified successfully' });
    });

    it('4. complete: the account', async () => {
      const answer = await post('/register/complete', { userId, password: PASSWORD });
      expect(answer.body).toEqual({ success: true, message: 'Account created successfully' });
      expect(answer.status).toBe(200);
    });

    it('5. login: the password leads to a second step', async () => {
      const answer = await post('/login', { email, password: PASSWORD });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'OTP sent to your email',
        data: { twoFaRequired: true, userId },
        challenge: expect.stringMatching(UUID),
      });
    });

    it('6. resend, 7. verify: a short-lived token', async () => {
      const older = await product().codeFor(email);
      const resent = await post('/login/resend-otp', { userId });
      expect(resent.status).toBe(200);
      expect(resent.body).toEqual({
        success: true,
        message: 'OTP resent successfully',
        challenge: expect.stringMatching(UUID),
      });
      const newer = await product().codeFor(email);
      expect((await post('/login/verify-otp', { userId, otp: older })).body).toEqual(
        refusal('Invalid OTP', 'code_invalid'),
      );
      const answer = await post('/login/verify-otp', { userId, otp: newer });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'Login successful',
        data: { accessToken: expect.any(String), email_verified: true, phone_verified: false },
      });
      token = textAt(answer, 'data', 'accessToken');
      const claims = claimsOf(token);
      expect(claims).toMatchObject({ aud: 'two-factor', sub: userId });
      expect(Number(claims.exp) - Number(claims.iat)).toBe(15 * 60);
    });

    it('8. me: who that is, for a quarter of an hour', async () => {
      const answer = await me(token);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        user: { userId, email, email_verified: true, phone_verified: false },
      });
      product().pass(15 * MINUTE_MS);
      const late = await me(token);
      expect([late.status, late.body]).toEqual([401, refusal('Invalid or expired token', 'token_invalid')]);
    });
  });

  it('with a phone the codes go over WhatsApp, and no mail goes out', async () => {
    const [email, phone] = [newEmail(), newPhone()];
    const started = await post('/register/start', { ...name, email, phone });
    expect(started.body).toMatchObject({ message: 'OTP sent to your WhatsApp number', data: { email } });
    const userId = textAt(started, 'data', 'userId');
    const verified = await post('/register/verify-otp', { userId, otp: await product().codeFor(phone) });
    expect(verified.body).toEqual({ success: true, message: 'Phone number verified successfully' });
    await post('/register/complete', { userId, password: PASSWORD });
    const login = await post('/login', { email, password: PASSWORD });
    expect(login.body).toEqual({
      success: true,
      message: 'OTP sent to your WhatsApp number',
      data: { twoFaRequired: true, userId },
      challenge: expect.stringMatching(UUID),
    });
    const answer = await post('/login/verify-otp', { userId, otp: await product().codeFor(phone) });
    expect((await me(textAt(answer, 'data', 'accessToken'))).body).toEqual({
      success: true,
      user: { userId, email, email_verified: false, phone_verified: true },
    });
    await product().delivered();
    expect(product().messagesOf(email)).toEqual([]);
  });

  it('a proven address is taken', async () => {
    const { email } = await registered(product());
    const answer = await post('/register/start', { ...name, email: ` ${email.toUpperCase()} ` });
    expect([answer.status, answer.body]).toEqual([409, refusal('Email already registered', 'email_taken')]);
  });

  it('a registered phone is taken', async () => {
    const phone = newPhone();
    await registered(product(), phone);
    const answer = await post('/register/start', { ...name, email: newEmail(), phone: phone.slice(1) });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual(refusal('Phone number already registered', 'phone_taken'));
  });

  it('the code verifies only the registration whose id comes with it', async () => {
    const email = newEmail();
    const attacker = await start(email);
    await product().codeFor(email);
    const victim = await start(email);
    expect(victim).not.toBe(attacker);
    const otp = await product().codeFor(email);
    expect((await post('/register/verify-otp', { userId: victim, otp })).status).toBe(200);
    const stolen = await post('/register/complete', { userId: attacker, password: 'attacker123' });
    expect([stolen.status, stolen.body]).toEqual([
      400,
      refusal('Email not verified', 'registration_unverified'),
    ]);
    expect((await post('/register/verify-otp', { userId: attacker, otp })).body).toEqual(
      refusal('Invalid OTP', 'code_invalid'),
    );
    expect((await post('/register/complete', { userId: victim, password: PASSWORD })).status).toBe(200);
    expect((await post('/login', { email, password: PASSWORD })).status).toBe(200);
  });

  it("a stranger's phone does not get the codes of somebody else's registration", async () => {
    const [email, phone] = [newEmail(), newPhone()];
    const userId = await start(email);
    await product().codeFor(email);
    await start(email, { phone });
    await post('/register/resend-otp', { email });
    const otp = await product().codeFor(email);
    expect((await post('/register/verify-otp', { userId, otp })).status).toBe(200);
  });

  it('a registration completes once, after its code, within a quarter of an hour', async () => {
    const email = newEmail();
    const userId = await start(email);
    const early = await post('/register/complete', { userId, password: PASSWORD });
    expect([early.status, early.body]).toEqual([
      400,
      refusal('Email not verified', 'registration_unverified'),
    ]);
    await post('/register/verify-otp', { userId, otp: await product().codeFor(email) });
    expect((await post('/register/complete', { userId, password: PASSWORD })).status).toBe(200);
    const again = await post('/register/complete', { userId, password: 'another1' });
    expect([again.status, again.body]).toEqual([
      400,
      refusal('Account already completed', 'registration_completed'),
    ]);

    const other = newEmail();
    const slow = await start(other);
    await post('/register/verify-otp', { userId: slow, otp: await product().codeFor(other) });
    product().pass(15 * MINUTE_MS + SECOND_MS);
    const late = await post('/register/complete', { userId: slow, password: PASSWORD });
    expect([late.status, late.body]).toEqual([400, refusal('Email not verified', 'registration_unverified')]);
  });

  it('an id that nobody has opens nothing', async () => {
    const userId = 'uuid';
    const complete = await post('/register/complete', { userId, password: PASSWORD });
    expect([complete.status, complete.body]).toEqual([
      400,
      refusal('Email not verified', 'registration_unverified'),
    ]);
    for (const path of ['/register/verify-otp', '/login/verify-otp']) {
      const answer = await post(path, { userId, otp: '123456' });
      expect([answer.status, answer.body]).toEqual([400, refusal('Invalid OTP', 'code_invalid')]);
    }
    const resent = await post('/login/resend-otp', { userId });
    const challenge = expect.stringMatching(UUID);
    expect([resent.status, resent.body]).toEqual([
      200,
      { success: true, message: 'OTP resent successfully', challenge },
    ]);
    expect((await post('/login/resend-otp', { userId })).body.challenge).toBe(resent.body.challenge);
  });

  it('a code is good for five minutes, and three tries', async () => {
    const email = newEmail();
    const userId = await start(email);
    const otp = await product().codeFor(email);
    product().pass(5 * MINUTE_MS + SECOND_MS);
    const late = await post('/register/verify-otp', { userId, otp });
    expect([late.status, late.body]).toEqual([400, refusal('OTP expired', 'code_expired')]);
    await post('/register/resend-otp', { email });
    const second = await product().codeFor(email);
    for (let round = 0; round < 3; round++) {
      const answer = await post('/register/verify-otp', { userId, otp: otherThan(second) });
      expect([answer.status, answer.body]).toEqual([400, refusal('Invalid OTP', 'code_invalid')]);
    }
    expect((await post('/register/verify-otp', { userId, otp: second })).body).toEqual(
      refusal('Invalid OTP', 'code_invalid'),
    );
  });

  it('the sixth code within ten minutes is refused, with the time to wait', async () => {
    const email = newEmail();
    await start(email);
    for (let round = 0; round < 4; round++) await post('/register/resend-otp', { email });
    const sixth = await post('/register/resend-otp', { email });
    expect(sixth.status).toBe(429);
    expect(sixth.body).toEqual({
      success: false,
      message: SAYS_HOW_LONG,
      code: 'rate_limited',
      ...waitOf(sixth),
    });
    expectRetryAfter(sixth, 580, 600);
  });

  it('nothing is resent to an address that has not registered', async () => {
    const answer = await post('/register/resend-otp', { email: newEmail() });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual(refusal('Registration not found', 'registration_unknown'));
  });

  it('a login code is sent again only while one is waited for', async () => {
    const { email, userId } = await registered(product());
    const before = product().messagesOf(email).length;
    expect((await post('/login/resend-otp', { userId })).status).toBe(200);
    expect((await post('/login/verify-otp', { userId, otp: '123456' })).body).toEqual(
      refusal('Invalid OTP', 'code_invalid'),
    );
    await post('/login', { email, password: PASSWORD });
    const otp = await product().codeFor(email);
    await post('/login/verify-otp', { userId, otp });
    expect((await post('/login/resend-otp', { userId })).status).toBe(200);
    await product().delivered();
    expect(product().messagesOf(email)).toHaveLength(before + 1);
  });

  it.each([
    ['a wrong password', 'wrong'],
    ['an empty one', ' '],
  ])('%s gets the documented answer, and no code', async (_, password) => {
    const { email } = await registered(product());
    const before = product().messagesOf(email).length;
    const answer = await post('/login', { email, password });
    expect([answer.status, answer.body]).toEqual([
      401,
      refusal('Invalid email or password', 'credentials_wrong'),
    ]);
    await product().delivered();
    expect(product().messagesOf(email)).toHaveLength(before);
  });

  it('a password is compared to its end', async () => {
    const long = `${'x'.repeat(100)}é`;
    const { email } = await registered(product(), undefined, long);
    expect((await post('/login', { email, password: long })).status).toBe(200);
    expect((await post('/login', { email, password: long.slice(0, -1) })).status).toBe(401);
    expect((await post('/login', { email, password: `${long} ` })).status).toBe(401);
  });

  describe('one step is not enough elsewhere', () => {
    it('the cookie login refuses, without a cookie', async () => {
      const { email } = await registered(product());
      const answer = await product().post('/login', { email, password: PASSWORD });
      expect([answer.status, answer.body]).toEqual([
        403,
        { success: false, error: expect.any(String), code: 'two_factor_required' },
      ]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    it('codes to its phone log nobody in', async () => {
      const phone = newPhone();
      await registered(product(), phone);
      const before = product().messagesOf(phone).length;
      const byPhone = await product().post('/api/users/login', { phoneNumber: phone });
      expect([byPhone.status, byPhone.body]).toEqual([
        403,
        { message: expect.any(String), code: 'two_factor_required' },
      ]);
      const verified = await product().post('/api/otp/verify', {
        phoneNumber: phone,
        otp: '12345',
        mode: 'login',
      });
      expect(verified.status).toBe(403);
      for (const [path, otp] of [
        ['request-login', undefined],
        ['verify-login', '123456'],
      ]) {
        const answer = await product().post(`/api/auth-otp/${path}`, { phone, otp });
        expect([answer.status, answer.body]).toEqual([
          403,
          { success: false, message: expect.any(String), code: 'two_factor_required' },
        ]);
      }
      await product().delivered();
      expect(product().messagesOf(phone)).toHaveLength(before);
    });
  });
});

async function registered(product: Product, phone?: string, password = PASSWORD) {
  const email = newEmail();
  const started = await product.post('/api/auth/register/start', {
    firstName: 'Asha',
    lastName: 'Mehta',
    email,
    phone,
  });
  const userId = textAt(started, 'data', 'userId');
  const otp = await product.codeFor(phone ?? email);
  await product.post('/api/auth/register/verify-otp', { userId, otp });
  await product.post('/api/auth/register/complete', { userId, password });
  return { email, userId };
}
