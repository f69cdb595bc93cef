import { describe, expect, it } from 'vitest';
import {
  claimsOf,
  expectRetryAfter,
  ISO,
  MINUTE_MS,
  newIndian,
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

const WRONG = { message: 'Invalid or expired OTP', code: 'code_invalid' };

onBothDatabases({}, (product) => {
  const register = (phoneNumber: unknown, name: unknown = 'Asha S', more = {}) =>
    product().post('/api/users/register', { phoneNumber, name, ...more });
  const login = (phoneNumber: unknown) => product().post('/api/users/login', { phoneNumber });
  const verify = (phoneNumber: unknown, otp: unknown, mode: unknown) =>
    product().post('/api/otp/verify', { phoneNumber, otp, mode });

  describe('the documented walk', () => {
    const phoneNumber = newIndian();

    it('1. register: a code of five digits goes to the phone', async () => {
      const answer = await register(phoneNumber);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        message: 'OTP sent successfully for registration',
        registration: expect.stringMatching(UUID),
      });
    });

    it('2. verify: the user is registered', async () => {
      const otp = await product().codeFor(`+91${phoneNumber}`);
      expect(otp).toMatch(/^\d{5}$/);
      const answer = await verify(phoneNumber, otp, 'register');
      expect(answer.status).toBe(201);
      expect(answer.body).toEqual({ message: 'User registered successfully' });
    });

    it('3. login: another code', async () => {
      const answer = await login(phoneNumber);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        message: 'OTP sent successfully for login',
        challenge: expect.stringMatching(UUID),
      });
    });

    it('4. verify: the user and a token', async () => {
      const otp = await product().codeFor(`+91${phoneNumber}`);
      const answer = await verify(phoneNumber, otp, 'login');
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        message: 'Login successful',
        user: {
          _id: expect.any(String),
          phoneNumber,
          name: 'Asha S',
          isVerified: true,
          createdAt: expect.stringMatching(ISO),
          updatedAt: expect.stringMatching(ISO),
          __v: 0,
          email_verified: false,
          phone_verified: true,
        },
        token: expect.any(String),
      });
      expect(Object.keys(answer.body)).toEqual(['message', 'user', 'token']);
      const claims = claimsOf(textAt(answer, 'token'));
      expect(claims).toMatchObject({ aud: 'phone', sub: textAt(answer, 'user', '_id') });
      expect(Number(claims.exp) - Number(claims.iat)).toBe(7 * 24 * 3600);
    });

    it('5. all users: the documented fields, oldest first', async () => {
      const { status, body } = await product().get('/api/users/get-all-users');
      expect(status).toBe(200);
      const users = body.users as Record<string, unknown>[];
      expect(users.at(-1)).toEqual({
        _id: expect.any(String),
        phoneNumber,
        name: 'Asha S',
        isVerified: true,
        createdAt: expect.stringMatching(ISO),
        updatedAt: expect.stringMatching(ISO),
      });
    });
  });

  it('a number has one account, whatever way it is spelled', async () => {
    const phoneNumber = await registered(product());
    const spaced = `${phoneNumber.slice(0, 5)} ${phoneNumber.slice(5)}`;
    for (const spelling of [
      phoneNumber,
      `+91${phoneNumber}`,
      `91${phoneNumber}`,
      `0${phoneNumber}`,
      spaced,
    ]) {
      const answer = await register(spelling);
      expect([spelling, answer.status, answer.body]).toEqual([
        spelling,
        409,
        { message: 'User already registered', code: 'phone_taken' },
      ]);
    }
  });

  it('a number from elsewhere is shown as E.164', async () => {
    const phone = newPhone();
    await register(phone.replace('+', ''));
    await verify(phone, await product().codeFor(phone), 'register');
    await login(phone);
    const answer = await verify(phone, await product().codeFor(phone), 'login');
    expect(textAt(answer, 'user', 'phoneNumber')).toBe(phone);
  });

  it('nobody logs in who is not registered', async () => {
    const answer = await login(newIndian());
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ message: 'User not found', code: 'account_unknown' });
  });

  it.each(['register', 'login'])('there is no code for a stranger (%s)', async (mode) => {
    const answer = await verify(newIndian(), '12345', mode);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(WRONG);
  });

  it('a wrong code is refused, and the right one then works once', async () => {
    const phoneNumber = newIndian();
    await register(phoneNumber);
    const otp = await product().codeFor(`+91${phoneNumber}`);
    expect((await verify(phoneNumber, otherThan(otp), 'register')).body).toEqual(WRONG);
    expect((await verify(phoneNumber, otp, 'register')).status).toBe(201);
    const again = await verify(phoneNumber, otp, 'register');
    expect([again.status, again.body]).toEqual([400, WRONG]);
  });

  it('a code for registering does not log in, and the other way round', async () => {
    const phoneNumber = newIndian();
    await register(phoneNumber);
    const first = await product().codeFor(`+91${phoneNumber}`);
    expect((await verify(phoneNumber, first, 'login')).body).toEqual(WRONG);
    await verify(phoneNumber, first, 'register');
    await login(phoneNumber);
    const second = await product().codeFor(`+91${phoneNumber}`);
    expect((await verify(phoneNumber, second, 'register')).body).toEqual(WRONG);
    expect((await verify(phoneNumber, second, 'login')).status).toBe(200);
  });

  it('after three wrong codes the right one is refused, too', async () => {
    const phoneNumber = newIndian();
    await register(phoneNumber);
    const otp = await product().codeFor(`+91${phoneNumber}`);
    for (let round = 0; round < 3; round++) await verify(phoneNumber, otherThan(otp), 'register');
    expect((await verify(phoneNumber, otp, 'register')).body).toEqual(WRONG);
  });

  it('registering again before the code came back: the newest name and code count', async () => {
    const phoneNumber = newIndian();
    const { registration } = (await register(phoneNumber, 'First')).body;
    const older = await product().codeFor(`+91${phoneNumber}`);
    expect((await register(phoneNumber, 'Second', { registration })).status).toBe(200);
    const newer = await product().codeFor(`+91${phoneNumber}`);
    expect((await verify(phoneNumber, older, 'register')).body).toEqual(WRONG);
    expect((await verify(phoneNumber, newer, 'register')).status).toBe(201);
    await login(phoneNumber);
    const answer = await verify(phoneNumber, await product().codeFor(`+91${phoneNumber}`), 'login');
    expect(textAt(answer, 'user', 'name')).toBe('Second');
  });

  it('a code is good for five minutes', async () => {
    const phoneNumber = newIndian();
    await register(phoneNumber);
    const otp = await product().codeFor(`+91${phoneNumber}`);
    product().pass(5 * MINUTE_MS + SECOND_MS);
    expect((await verify(phoneNumber, otp, 'register')).body).toEqual(WRONG);
  });

  it('the sixth code within ten minutes is refused, with the time to wait', async () => {
    const phoneNumber = newIndian();
    for (let round = 0; round < 5; round++) expect((await register(phoneNumber)).status).toBe(200);
    const sixth = await register(`+91 ${phoneNumber}`);
    expect(sixth.status).toBe(429);
    expect(sixth.body).toEqual({ message: SAYS_HOW_LONG, code: 'rate_limited', ...waitOf(sixth) });
    expectRetryAfter(sixth, 580, 600);
    product().pass(10 * MINUTE_MS);
    expect((await register(phoneNumber)).status).toBe(200);
  });

  it('from the sixth wrong code on an account has to wait, also for the right one', async () => {
    const phoneNumber = newIndian();
    for (let wrong = 0; wrong < 6; wrong++) {
      if (wrong % 3 === 0) await register(phoneNumber);
      const otp = wrong % 3 === 0 ? await product().codeFor(`+91${phoneNumber}`) : '00000';
      const answer = await verify(phoneNumber, otherThan(otp), 'register');
      expect(answer.status).toBe(400);
    }
    await register(phoneNumber);
    const otp = await product().codeFor(`+91${phoneNumber}`);
    const blocked = await verify(phoneNumber, otp, 'register');
    expect(blocked.status).toBe(429);
    expect(blocked.body).toEqual({
      message: SAYS_HOW_LONG,
      code: 'code_attempts_blocked',
      ...waitOf(blocked),
    });
    expectRetryAfter(blocked, 1, 30);
    product().pass(31 * SECOND_MS);
    expect((await verify(phoneNumber, otp, 'register')).status).toBe(201);
  });

  it('the list comes in pages, and ends', async () => {
    for (let count = 0; count < 3; count++) await registered(product());
    const all = await product().get('/api/users/get-all-users');
    const ids = (answer: typeof all) => (answer.body.users as { _id: string }[]).map(({ _id }) => _id);
    const pages = [];
    for (let page = 1; page <= 2; page++) {
      pages.push(...ids(await product().get(`/api/users/get-all-users?page=${page}&limit=2`)));
    }
    expect(pages).toEqual(ids(all).slice(0, 4));
    expect((await product().get('/api/users/get-all-users?page=9999')).body).toEqual({ users: [] });
    const bad = await product().get('/api/users/get-all-users?page=0');
    expect([bad.status, bad.body]).toEqual([
      400,
      { message: 'page must be a whole number from 1', code: 'fields_invalid' },
    ]);
  });
});

/** A user of this contract; the number in its national form. */
async function registered(product: Product): Promise<string> {
  const phoneNumber = newIndian();
  await product.post('/api/users/register', { phoneNumber, name: 'Rahul Kumar' });
  const otp = await product.codeFor(`+91${phoneNumber}`);
  await product.post('/api/otp/verify', { phoneNumber, otp, mode: 'register' });
  return phoneNumber;
}
