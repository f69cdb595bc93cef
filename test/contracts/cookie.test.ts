import { describe, expect, it } from 'vitest';
import {
  claimsOf,
  cookieOf,
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

const PASSWORD = 'Test123!';
const failure = (error: string, code: string) => ({ success: false, error, code });
const NOT_FOUND = failure('User not found', 'registration_unknown');
const VERIFIED = failure('Email already verified. Please login.', 'email_verified');
const INVALID = failure('Invalid OTP. Please try again.', 'code_invalid');
const LOGIN_FIRST = {
  success: false,
  message: 'Authentication required. Please login.',
  code: 'token_missing',
};
const LOGIN_AGAIN = {
  success: false,
  message: 'Invalid or expired token. Please login again.',
  code: 'token_invalid',
};

onBothDatabases({}, (product) => {
  const post = (path: string, body?: unknown, cookie = '') =>
    product().post(path, body, { headers: { cookie } });
  const secret = (cookie: string) => product().get('/protected', { cookie });

  describe('the documented flows, in their order', () => {
    const email = newEmail();
    const second = newEmail();
    const person = { email, password: PASSWORD, username: 'testuser' };
    let jar = '';

    it('1.1 sign-up: a code goes to the address', async () => {
      const answer = await post('/signup', person);
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({
        success: true,
        message: 'Registration successful! Please check your email for OTP verification.',
        data: { userId: expect.any(String), email, username: 'testuser' },
        registration: expect.stringMatching(UUID),
      });
      const [line, ...others] = answer.headers.getSetCookie();
      expect(line).toMatch(
        /^otp_client=[\w-]{22}; Max-Age=3600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
      );
      expect(others).toEqual([]);
    });

    it('1.2 verify: signed in, with a cookie', async () => {
      const answer = await post('/verify-otp', { email, otp: await product().codeFor(email) });
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({
        message: 'User signed in successfully',
        success: true,
        user: {
          _id: expect.any(String),
          email,
          username: 'testuser',
          isVerified: true,
          email_verified: true,
          phone_verified: false,
        },
      });
      const [line = ''] = answer.headers.getSetCookie();
      expect(line).toMatch(
        /^token=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=86400; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
      );
      jar = cookieOf(answer);
      const claims = claimsOf(jar.slice('token='.length));
      expect(claims).toMatchObject({ aud: 'cookie', sub: textAt(answer, 'user', '_id') });
      expect(Number(claims.exp) - Number(claims.iat)).toBe(24 * 3600);
    });

    it('1.3 the protected route tells who it is', async () => {
      const answer = await secret(jar);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'Access granted to protected route',
        user: {
          id: expect.any(String),
          username: 'testuser',
          email,
          email_verified: true,
          phone_verified: false,
        },
      });
    });

    it('1.4 logout takes the cookie back', async () => {
      const answer = await post('/logout', undefined, jar);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ message: 'User logged out successfully', success: true });
      expect(answer.headers.getSetCookie()[0]).toMatch(/^token=; Path=\/; Expires=Thu, 01 Jan 1970/);
    });

    it('1.5 the protected route is closed, also for a copy of the cookie', async () => {
      const without = await secret('');
      expect([without.status, without.body]).toEqual([401, LOGIN_FIRST]);
      const copy = await secret(jar);
      expect([copy.status, copy.body]).toEqual([401, LOGIN_AGAIN]);
    });

    it('2. another code, at once, and only the newest is good', async () => {
      await post('/signup', { email: second, password: PASSWORD, username: 'testuser2' });
      const older = await product().codeFor(second);
      const resent = await post('/resend-otp', { email: second });
      expect(resent.status).toBe(200);
      expect(resent.body).toEqual({
        success: true,
        message: 'OTP resent successfully! Please check your email.',
        registration: expect.stringMatching(UUID),
      });
      const newer = await product().codeFor(second);
      expect((await post('/verify-otp', { email: second, otp: older })).body).toEqual(INVALID);
      expect((await post('/verify-otp', { email: second, otp: newer })).status).toBe(201);
    });

    it('3.1 login: a cookie', async () => {
      const answer = await post('/login', { email, password: PASSWORD });
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({
        message: 'User logged in successfully',
        success: true,
        email_verified: true,
        phone_verified: false,
      });
      jar = cookieOf(answer);
    });

    it('3.2 the status, 3.3 the protected route, 3.4 logout', async () => {
      const status = await post('/', undefined, jar);
      expect([status.status, status.body]).toEqual([200, { status: true, user: 'testuser' }]);
      expect((await secret(jar)).status).toBe(200);
      await post('/logout', undefined, jar);
      expect((await post('/', undefined, jar)).body).toEqual({ status: false });
      expect((await post('/')).body).toEqual({ status: false });
    });

    it('4.1 a wrong password', async () => {
      const answer = await post('/login', { email, password: 'WrongPassword' });
      expect([answer.status, answer.body]).toEqual([
        401,
        { message: 'Incorrect password or email', code: 'credentials_wrong' },
      ]);
      const unknown = await post('/login', { email: newEmail(), password: PASSWORD });
      expect([unknown.status, unknown.body]).toEqual([
        401,
        { message: 'Incorrect password or email', code: 'credentials_wrong' },
      ]);
    });

    it('4.2 a wrong code, twice', async () => {
      const pending = newEmail();
      await post('/signup', { ...person, email: pending });
      const otp = otherThan(await product().codeFor(pending));
      for (let round = 0; round < 2; round++) {
        const answer = await post('/verify-otp', { email: pending, otp });
        expect([answer.status, answer.body]).toEqual([400, INVALID]);
      }
    });

    it('4.4 a second sign-up', async () => {
      const answer = await post('/signup', person);
      expect([answer.status, answer.body]).toEqual([
        409,
        { message: 'User already exists', code: 'user_exists' },
      ]);
    });
  });

  it('with a phone the code goes over WhatsApp, proves the phone, and no mail goes out', async () => {
    const [email, phone] = [newEmail(), newPhone()];
    const answer = await post('/signup', { email, password: PASSWORD, username: 'johndoe', phone });
    expect(answer.status).toBe(201);
    expect(answer.body.message).toBe(
      'Registration successful! Please check your WhatsApp for OTP verification.',
    );
    await product().codeFor(phone);
    const resent = await post('/resend-otp', { email });
    expect(resent.body).toMatchObject({ success: true });
    const verified = await post('/verify-otp', { email, otp: await product().codeFor(phone) });
    expect(verified.status).toBe(201);
    await product().delivered();
    expect(product().messagesOf(email)).toEqual([]);
    // The address is a label: nothing about it is verified, and somebody else may prove it.
    expect((await post('/verify-otp', { email, otp: '123456' })).body).toEqual(NOT_FOUND);
    expect((await post('/signup', { email, password: PASSWORD, username: 'owner' })).status).toBe(201);
  });

  it('missing fields are named together', async () => {
    for (const [path, body, error] of [
      ['/signup', { email: newEmail(), password: PASSWORD }, 'Email, password, and username are required'],
      ['/signup', {}, 'Email, password, and username are required'],
      ['/verify-otp', { email: newEmail() }, 'Please provide email and OTP'],
      ['/resend-otp', {}, 'Please provide email'],
    ] as const) {
      const answer = await post(path, body);
      expect([path, answer.status, answer.body]).toEqual([path, 400, failure(error, 'fields_missing')]);
    }
    const login = await post('/login', { email: newEmail() });
    expect([login.status, login.body]).toEqual([
      400,
      { message: 'All fields are required', code: 'credentials_missing' },
    ]);
  });

  it.each(['/verify-otp', '/resend-otp'])(
    '%s knows no stranger, and nobody who is verified',
    async (path) => {
      const unknown = await post(path, { email: newEmail(), otp: '123456' });
      expect([unknown.status, unknown.body]).toEqual([404, NOT_FOUND]);
      const { email } = await signedUp(product());
      const verified = await post(path, { email, otp: '123456' });
      expect([verified.status, verified.body]).toEqual([400, VERIFIED]);
    },
  );

  it('a code is good for ten minutes, and its end is told', async () => {
    const email = newEmail();
    await post('/signup', { email, password: PASSWORD, username: 'slow' });
    const otp = await product().codeFor(email);
    product().pass(9 * MINUTE_MS);
    expect((await post('/verify-otp', { email, otp: otherThan(otp) })).body).toEqual(INVALID);
    product().pass(MINUTE_MS + SECOND_MS);
    const answer = await post('/verify-otp', { email, otp });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      success: false,
      error: 'OTP has expired. Please request a new one.',
      code: 'code_expired',
      expired: true,
    });
  });

  it('signing up again before the code came back: the newest data count', async () => {
    const email = newEmail();
    const first = await post('/signup', { email, password: 'First123!', username: 'first' });
    const jar = cookieOf(first, 'otp_client');
    await product().codeFor(email);
    const second = { email, password: PASSWORD, username: 'second' };
    expect((await post('/signup', second, jar)).status).toBe(201);
    const answer = await post('/verify-otp', { email, otp: await product().codeFor(email) }, jar);
    expect(textAt(answer, 'user', 'username')).toBe('second');
    expect((await post('/login', { email, password: 'First123!' })).status).toBe(401);
    expect((await post('/login', { email, password: PASSWORD })).status).toBe(201);
  });

  it("a stranger's phone beside somebody else's address is not in the way", async () => {
    const email = newEmail();
    await post('/signup', { email, password: PASSWORD, username: 'owner' });
    const otp = await product().codeFor(email);
    await post('/signup', { email, password: 'attacker1', username: 'attacker', phone: newPhone() });
    const answer = await post('/verify-otp', { email, otp });
    expect(answer.body.user).toMatchObject({ username: 'owner' });
    expect((await post('/login', { email, password: 'attacker1' })).status).toBe(401);
  });

  it('the sixth code within ten minutes is refused, with the time to wait', async () => {
    const email = newEmail();
    await post('/signup', { email, password: PASSWORD, username: 'eager' });
    for (let round = 0; round < 4; round++) await post('/resend-otp', { email });
    const answer = await post('/resend-otp', { email });
    expect(answer.status).toBe(429);
    expect(answer.body).toEqual({
      success: false,
      error: SAYS_HOW_LONG,
      code: 'rate_limited',
      ...waitOf(answer),
    });
    expectRetryAfter(answer, 580, 600);
  });

  it('a cookie of another contract is none', async () => {
    const phone = newPhone();
    await post('/api/users/register', { phoneNumber: phone, name: 'Asha' });
    await post('/api/otp/verify', {
      phoneNumber: phone,
      otp: await product().codeFor(phone),
      mode: 'register',
    });
    await post('/api/users/login', { phoneNumber: phone });
    const otp = await product().codeFor(phone);
    const login = await post('/api/otp/verify', { phoneNumber: phone, otp, mode: 'login' });
    const cookie = `token=${textAt(login, 'token')}`;
    expect((await secret(cookie)).body).toEqual(LOGIN_AGAIN);
    expect((await post('/', undefined, cookie)).body).toEqual({ status: false });
  });

  it('a cookie ends after its 24 hours', async () => {
    const { cookie } = await signedUp(product());
    product().pass(24 * 60 * MINUTE_MS);
    expect((await secret(cookie)).body).toEqual(LOGIN_AGAIN);
  });

  it('logging out without a cookie is fine', async () => {
    const answer = await post('/logout');
    expect([answer.status, answer.body]).toEqual([
      200,
      { message: 'User logged out successfully', success: true },
    ]);
  });

  it('GET / still leads to the dashboard', async () => {
    const answer = await product().get('/');
    expect(answer.headers.get('location')).toBe('/admin/status');
  });

  describe('Google is not configured', () => {
    it.each(['/auth/google', '/auth/google/callback?code=x&state=y'])(
      '%s says so to the client',
      async (path) => {
        const answer = await product().get(path, { cookie: 'oauth_state=y' });
        expect(answer.status).toBe(302);
        expect(answer.headers.get('location')).toBe('http://localhost:3000/login?error=oauth_failed');
        expect(cookieOf(answer)).toBe('');
      },
    );
  });
});

async function signedUp(product: Product) {
  const email = newEmail();
  await product.post('/signup', { email, password: PASSWORD, username: 'testuser' });
  const answer = await product.post('/verify-otp', { email, otp: await product.codeFor(email) });
  return { email, cookie: cookieOf(answer) };
}
