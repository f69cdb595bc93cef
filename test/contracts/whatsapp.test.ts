import { describe, expect, it } from 'vitest';
import {
  type Answer,
  claimsOf,
  expectRetryAfter,
  ISO,
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

const WRONG = { success: false, message: 'Invalid or expired OTP', code: 'code_invalid' };
const PASSWORD = 'test123';

onBothDatabases({}, (product) => {
  const post = (path: string, body: unknown) => product().post(path, body);
  const me = (token: string) => product().get('/api/users/me', { authorization: `Bearer ${token}` });

  describe('the documented walk', () => {
    const email = newEmail();
    const phone = newPhone();
    const person = { email, password: PASSWORD, full_name: 'Test User', role: 'farmer', phone };
    const user = {
      id: expect.any(String),
      email,
      full_name: 'Test User',
      role: 'farmer',
      phone,
      address: null,
      is_verified: true,
      is_active: true,
      created_at: expect.stringMatching(ISO),
      email_verified: false,
      phone_verified: true,
    };
    const ORDER = Object.keys(user);
    let token: string;

    it('registration 1: a code of six digits goes to the phone', async () => {
      const answer = await post('/api/auth-otp/register', person);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'OTP sent to your WhatsApp number. Please verify to complete registration.',
        data: { phone, expires_in: 300 },
        registration: expect.stringMatching(UUID),
      });
    });

    it('registration 2: the user and a token', async () => {
      const otp = await product().codeFor(phone);
      expect(otp).toMatch(/^\d{6}$/);
      const answer = await post('/api/auth-otp/verify', { phone, otp });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'Registration completed successfully',
        data: { user, token: expect.any(String) },
      });
      expect(keysOfUser(answer)).toEqual(ORDER);
    });

    it('login 1: a code goes to the phone, without a wait after one that was used', async () => {
      const answer = await post('/api/auth-otp/request-login', { phone });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'OTP sent to your WhatsApp number for login verification.',
        data: { phone, expires_in: 300 },
        challenge: expect.stringMatching(UUID),
      });
    });

    it('login 2: the user and a token', async () => {
      const otp = await product().codeFor(phone);
      const answer = await post('/api/auth-otp/verify-login', { phone, otp });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: 'Login successful',
        data: { user, token: expect.any(String) },
      });
      expect(keysOfUser(answer)).toEqual(ORDER);
      token = textAt(answer, 'data', 'token');
      const claims = claimsOf(token);
      expect(claims.aud).toBe('whatsapp');
      expect(Number(claims.exp) - Number(claims.iat)).toBe(7 * 24 * 3600);
    });

    it('the token tells who it is', async () => {
      const answer = await me(token);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ success: true, data: { user } });
    });

    it('the password does, too; the address stays out of the answer', async () => {
      const answer = await post('/api/auth/login', { email: email.toUpperCase(), password: PASSWORD });
      expect(answer.status).toBe(200);
      const { address: _, ...documented } = user;
      expect(answer.body).toEqual({
        success: true,
        message: 'Login successful',
        data: { user: documented, token: expect.any(String) },
      });
      expect(keysOfUser(answer)).toEqual(ORDER.filter((key) => key !== 'address'));
      expect((await me(textAt(answer, 'data', 'token'))).status).toBe(200);
    });

    it('clean-up says how many codes it has removed', async () => {
      product().pass(11 * MINUTE_MS);
      const answer = await product().get('/api/auth-otp/cleanup');
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        success: true,
        message: expect.any(String),
        data: { deleted: expect.any(Number) },
      });
      expect((await product().get('/api/auth-otp/cleanup')).body.data).toEqual({ deleted: 0 });
    });
  });

  it('the documented example is valid as it stands, with its address', async () => {
    const phone = newPhone();
    const address = 'Jl. Pertanian No. 123, Jakarta';
    await post('/api/auth-otp/register', { ...newPerson(phone), role: 'retailer', address });
    const answer = await post('/api/auth-otp/verify', { phone, otp: await product().codeFor(phone) });
    expect(answer.body.data).toMatchObject({ user: { role: 'retailer', address } });
  });

  it('clean-up leaves codes alone that are still good', async () => {
    const phone = newPhone();
    await post('/api/auth-otp/register', newPerson(phone));
    await product().get('/api/auth-otp/cleanup');
    const answer = await post('/api/auth-otp/verify', { phone, otp: await product().codeFor(phone) });
    expect(answer.status).toBe(200);
  });

  it('every bad field is named, once', async () => {
    const answer = await post('/api/auth-otp/register', {
      email: 'nobody',
      password: '12345',
      full_name: 'A',
      role: 'admin',
      phone: '0812',
      address: 'Jl.',
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      success: false,
      message: 'Validation failed',
      code: 'fields_invalid',
      errors: ['email', 'password', 'full_name', 'role', 'phone', 'address'].map((field) => ({
        field,
        message: expect.any(String),
      })),
    });
    expect(answer.body.errors).toContainEqual({ field: 'email', message: 'Please provide a valid email' });
  });

  it('a second code within a minute is refused, however the number is spelled', async () => {
    const phone = newPhone();
    await post('/api/auth-otp/register', newPerson(phone));
    await product().codeFor(phone);
    const spaced = `${phone.slice(0, 6)} ${phone.slice(6, 10)}-${phone.slice(10)}`;
    for (const spelling of [phone, phone.slice(1), spaced]) {
      const early = await post('/api/auth-otp/resend', { phone: spelling });
      expect([spelling, early.status]).toEqual([spelling, 429]);
      expect(early.body).toEqual({
        success: false,
        message: SAYS_HOW_LONG,
        code: 'rate_limited',
        ...waitOf(early),
      });
      expectRetryAfter(early, 50, 60);
    }
    product().pass(MINUTE_MS);
    const resent = await post('/api/auth-otp/resend', { phone });
    expect(resent.status).toBe(200);
    expect(resent.body).toMatchObject({ success: true, data: { phone, expires_in: 300 } });
    const otp = await product().codeFor(phone);
    expect((await post('/api/auth-otp/verify', { phone, otp })).status).toBe(200);
  });

  it('an older code is worth nothing after a resend', async () => {
    const phone = newPhone();
    await post('/api/auth-otp/register', newPerson(phone));
    const older = await product().codeFor(phone);
    product().pass(MINUTE_MS);
    await post('/api/auth-otp/resend', { phone });
    const newer = await product().codeFor(phone);
    expect((await post('/api/auth-otp/verify', { phone, otp: older })).body).toEqual(WRONG);
    expect((await post('/api/auth-otp/verify', { phone, otp: newer })).status).toBe(200);
  });

  it('nothing is resent to a number that has not registered', async () => {
    const answer = await post('/api/auth-otp/resend', { phone: newPhone() });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      success: false,
      message: expect.any(String),
      code: 'registration_unknown',
    });
  });

  it('an unknown number cannot ask for a login code', async () => {
    const answer = await post('/api/auth-otp/request-login', { phone: newPhone() });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({
      success: false,
      message: 'No active user found with this phone number',
      code: 'account_unknown',
    });
  });

  it.each(['verify', 'verify-login'])('there is no code for a stranger (%s)', async (path) => {
    const answer = await post(`/api/auth-otp/${path}`, { phone: newPhone(), otp: '123456' });
    expect([answer.status, answer.body]).toEqual([400, WRONG]);
  });

  it('a code works once, for its own purpose, for five minutes', async () => {
    const phone = newPhone();
    await post('/api/auth-otp/register', newPerson(phone));
    const first = await product().codeFor(phone);
    expect((await post('/api/auth-otp/verify-login', { phone, otp: first })).body).toEqual(WRONG);
    expect((await post('/api/auth-otp/verify', { phone, otp: otherThan(first) })).body).toEqual(WRONG);
    expect((await post('/api/auth-otp/verify', { phone, otp: first })).status).toBe(200);
    expect((await post('/api/auth-otp/verify', { phone, otp: first })).body).toEqual(WRONG);
    await post('/api/auth-otp/request-login', { phone });
    const second = await product().codeFor(phone);
    expect((await post('/api/auth-otp/verify', { phone, otp: second })).body).toEqual(WRONG);
    product().pass(5 * MINUTE_MS + SECOND_MS);
    expect((await post('/api/auth-otp/verify-login', { phone, otp: second })).body).toEqual(WRONG);
  });

  it('a registered phone is taken; an address that nobody has proven is not', async () => {
    const person = await registered(product());
    const taken = await post('/api/auth-otp/register', { ...newPerson(person.phone) });
    expect(taken.status).toBe(409);
    expect(taken.body).toEqual({ success: false, message: expect.any(String), code: 'phone_taken' });
    const other = { ...newPerson(newPhone()), email: person.email };
    expect((await post('/api/auth-otp/register', other)).status).toBe(200);
  });

  it('a proven address is taken', async () => {
    const email = newEmail();
    await post('/signup', { email, password: 'Test123!', username: 'testuser' });
    await post('/verify-otp', { email, otp: await product().codeFor(email) });
    const answer = await post('/api/auth-otp/register', { ...newPerson(newPhone()), email });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({ success: false, message: 'Email already registered', code: 'email_taken' });
  });

  it.each([
    ['a wrong password', (email: string) => ({ email, password: 'test124' })],
    ['an unknown address', () => ({ email: newEmail(), password: PASSWORD })],
  ])('%s gets the one documented answer', async (_, credentials) => {
    const { email } = await registered(product());
    const answer = await post('/api/auth/login', credentials(email));
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({
      success: false,
      message: 'Invalid email or password',
      code: 'credentials_wrong',
    });
  });

  it('the login names bad fields', async () => {
    const answer = await post('/api/auth/login', { email: 'x' });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      success: false,
      message: 'Validation failed',
      code: 'fields_invalid',
      errors: [
        { field: 'email', message: 'Please provide a valid email' },
        { field: 'password', message: expect.any(String) },
      ],
    });
  });

  it('what is no token of this contract opens nothing', async () => {
    const { phone, token } = await registered(product());
    await post('/api/users/login', { phoneNumber: phone });
    const otp = await product().codeFor(phone);
    const answer = await post('/api/otp/verify', { phoneNumber: phone, otp, mode: 'login' });
    const [head, claims] = token.split('.');
    for (const header of [
      {},
      { authorization: '' },
      { authorization: token },
      { authorization: `Bearer ${textAt(answer, 'token')}` },
      { authorization: `Bearer ${head}.${claims}.` },
      { authorization: `Bearer ${token}x` },
      { cookie: `token=${token}` },
    ]) {
      const refused = await product().get('/api/users/me', header as Record<string, string>);
      expect([refused.status, refused.body]).toEqual([
        401,
        { success: false, message: 'Invalid or expired token', code: 'token_invalid' },
      ]);
    }
  });

  it('a token ends after its seven days', async () => {
    const { token } = await registered(product());
    expect((await me(token)).status).toBe(200);
    product().pass(7 * 24 * 60 * MINUTE_MS);
    expect((await me(token)).status).toBe(401);
  });
});

function newPerson(phone: string) {
  return { email: newEmail(), password: PASSWORD, full_name: 'John Farmer', role: 'farmer', phone };
}

async function registered(product: Product) {
  const phone = newPhone();
  const person = newPerson(phone);
  await product.post('/api/auth-otp/register', person);
  const otp = await product.codeFor(phone);
  const answer = await product.post('/api/auth-otp/verify', { phone, otp });
  return { ...person, token: textAt(answer, 'data', 'token') };
}

function keysOfUser({ body }: Answer): string[] {
  return Object.keys((body.data as { user: object }).user);
}
