import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Door, GETS, POSTS, SHAPES } from './doors.js';
import { type Answer, newEmail, newPhone, onBothDatabases, textAt } from './harness.js';

const WITH_BODY = POSTS.filter(({ body }) => body !== null);
const json = (headers: Record<string, string> = {}) => ({
  headers: { 'content-type': 'application/json', ...headers },
});

/** Bodies that no contract asks for; `status` when it does not depend on the contract. */
const BODIES: [name: string, body: RequestInit['body'], init: RequestInit, status: number][] = [
  ['no body', null, {}, 400],
  ['an empty body', '', json(), 400],
  ['a body of another type', '{"email":"x"}', { headers: { 'content-type': 'text/plain' } }, 400],
  ['a form', 'email=x', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 400],
  ['an array', '[]', json(), 400],
  ['null', 'null', json(), 400],
  ['a text', '"email"', json(), 400],
  ['a number', '5', json(), 400],
  ['an empty object', '{}', json(), 400],
  ['a prototype', '{"__proto__":{"email":"a@example.com","phone":"+6281234567890"}}', json(), 400],
  ['a constructor', '{"constructor":{"prototype":{"email":"x"}}}', json(), 400],
  ['half of an object', '{"email":', json(), 400],
  ['something deep', `${'['.repeat(4_000)}${']'.repeat(4_000)}`, json(), 400],
  ['11 kB', JSON.stringify({ email: 'x'.repeat(11_000) }), json(), 413],
  [
    '11 kB, compressed',
    gzipSync(JSON.stringify({ email: 'x'.repeat(11_000) })),
    json({ 'content-encoding': 'gzip' }),
    413,
  ],
  ['what is no gzip', '{}', json({ 'content-encoding': 'gzip' }), 400],
  ['an unknown encoding', '{}', json({ 'content-encoding': 'rot13' }), 415],
  ['an unknown charset', '{}', { headers: { 'content-type': 'application/json; charset=bogus' } }, 415],
];

/** What stands where a text belongs. */
const VALUES: [name: string, value: unknown][] = [
  ['a number', 9_876_501_234],
  ['an array', ['123456']],
  ['an object', { $ne: null }],
  ['a boolean', true],
  ['a text of white space', ' \n'],
  ['a NUL', 'a\u0000b'],
  ['what is no digit', '¹²³⁴⁵⁶'],
  ['a letter behind digits', '123456x'],
];
const inErrors = (field: string) => ({
  message: 'Validation failed',
  code: 'fields_invalid',
  errors: [{ field, message: expect.any(String) }],
});
const SIGN_UPS = ['/api/users/register', '/api/auth-otp/register', '/api/auth/register/start', '/signup'];
/** Where an answer says which field is bad. */
const NAMED: Record<Door['contract'], (field: string) => object> = {
  phone: (field) => ({ message: expect.stringContaining(field) }),
  whatsapp: inErrors,
  'two-factor': inErrors,
  cookie: () => ({}),
};
/** Texts like any other for these fields. */
const FREE_TEXT = ['name', 'full_name', 'firstName', 'lastName', 'username', 'password', 'userId'];

onBothDatabases({}, (product) => {
  describe.each(WITH_BODY)('POST $path', ({ contract, path, body }) => {
    it.each(BODIES)(
      'is answered in its own words, whatever the body is: %s',
      async (_, text, init, status) => {
        const answer = await product().request('POST', path, { ...init, body: text as string });
        expect(answer.status).toBe(status);
        expectShape({ contract, path }, answer);
      },
    );

    const fields = Object.keys(body?.() ?? {});
    it.each(fields)('a bad %s is answered as such', async (field) => {
      for (const [name, value] of VALUES) {
        if (typeof value === 'string' && FREE_TEXT.includes(field) && !/white|NUL/.test(name)) continue;
        if (typeof value === 'string' && field === 'password') continue;
        // Nobody has such an address: that is all that this login says.
        if (path === '/login' && typeof value === 'string' && value.trim() !== '') continue;
        const answer = await product().post(path, { ...body?.(), [field]: value });
        expect([field, name, answer.status]).toEqual([field, name, 400]);
        expectShape({ contract, path }, answer);
        expect(answer.body).toMatchObject(NAMED[contract](field));
      }
    });
  });

  it.each(['/logout', '/'])('POST %s takes no notice of a body', async (path) => {
    for (const [name, text, init] of BODIES) {
      const answer = await product().request('POST', path, { ...init, body: text as string });
      expect([name, answer.status]).toEqual([name, 200]);
    }
  });

  it.each([...POSTS, ...GETS])('$path has one way to be asked', async (door) => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'body' in door ? 'GET' : 'POST']) {
      if (door.path === '/' && method === 'GET') continue;
      const answer = await product().request(method, door.path);
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.get('allow')).toBe(
        door.path === '/' ? 'GET, HEAD, POST' : 'body' in door ? 'POST' : 'GET, HEAD',
      );
      expectShape(door, answer);
    }
  });

  it.each(['a\u0000b\u0000cd', '\ud800 alone', '  spaces  ', '😀'.repeat(500)])(
    'a password is whatever text it is: %j',
    async (password) => {
      const email = newEmail();
      expect((await product().post('/signup', { email, password, username: 'x' })).status).toBe(201);
      await product().post('/verify-otp', { email, otp: await product().codeFor(email) });
      expect((await product().post('/login', { email, password })).status).toBe(201);
      expect((await product().post('/login', { email, password: `${password}x` })).status).toBe(401);
      expect((await product().post('/login', { email, password: password.trim().slice(0, -1) })).status).toBe(
        401,
      );
    },
  );

  it.each([
    ['too short', () => 'asd@1'],
    ['too long', () => 'x'.repeat(1_025)],
    ['one of the commonest', () => '123456'],
    ['the own address', (email: string) => email],
    ['the own name', () => 'JohnDoe'],
  ])('a new password that is %s is refused in the shape of its contract', async (_, passwordOf) => {
    const [email, phone] = [newEmail(), newPhone()];
    const password = passwordOf(email);
    const named = {
      success: false,
      message: 'Validation failed',
      code: 'fields_invalid',
      errors: [{ field: 'password', message: expect.any(String) }],
    };
    const cookie = await product().post('/signup', { email, password, username: 'John Doe' });
    expect([cookie.status, cookie.body]).toEqual([
      400,
      { success: false, error: expect.any(String), code: 'fields_invalid' },
    ]);
    const person = { email, password, full_name: 'John Doe', role: 'farmer', phone };
    const whatsapp = await product().post('/api/auth-otp/register', person);
    expect([whatsapp.status, whatsapp.body]).toEqual([400, named]);

    const name = { firstName: 'John', lastName: 'Doe' };
    const started = await product().post('/api/auth/register/start', { ...name, email });
    const userId = textAt(started, 'data', 'userId');
    await product().post('/api/auth/register/verify-otp', { userId, otp: await product().codeFor(email) });
    const completed = await product().post('/api/auth/register/complete', { userId, password });
    expect([completed.status, completed.body]).toEqual([400, named]);
    const better = await product().post('/api/auth/register/complete', { userId, password: 'asd@123' });
    expect(better.status).toBe(200);
  });
  it.each(WITH_BODY.filter(({ path }) => SIGN_UPS.includes(path)))(
    'POST $path sends no code to a number that is dear to call',
    async ({ contract, path, body }) => {
      const number = { [contract === 'phone' ? 'phoneNumber' : 'phone']: '+449098790123' };
      const answer = await product().post(path, { ...body?.(), ...number });
      expect(answer.status).toBe(400);
      expectShape({ contract, path }, answer);
      expect(answer.text).toContain('No codes are sent to this phone number.');
      if (contract !== 'cookie' && contract !== 'phone') {
        expect(answer.body).toMatchObject(NAMED[contract]('phone'));
      }
    },
  );

  it('an address that nobody can have logs nobody in', async () => {
    const answer = await product().post('/login', { email: 'a\u0000b', password: 'x' });
    expect([answer.status, answer.body]).toEqual([
      401,
      { message: 'Incorrect password or email', code: 'credentials_wrong' },
    ]);
  });

  it('nothing reaches the prototype of all objects', () => {
    expect(({} as Record<string, unknown>).email).toBeUndefined();
  });

  describe('fields that nobody asked for change nothing', () => {
    const extra = {
      id: 'mine',
      _id: 'mine',
      isVerified: true,
      is_verified: true,
      emailVerified: true,
      email_verified_at: 1,
      is_active: false,
      googleId: '1',
      twoFactor: false,
      two_factor_at: null,
      role: 'farmer',
      created_at: 0,
      token_epoch: 9,
    };

    it('the whatsapp contract shows its own fields only', async () => {
      const phone = newPhone();
      const person = { email: newEmail(), password: 'test123', full_name: 'Test User', phone };
      await product().post('/api/auth-otp/register', { ...extra, ...person });
      const otp = await product().codeFor(phone);
      const answer = await product().post('/api/auth-otp/verify', { ...extra, phone, otp });
      const { user } = answer.body.data as { user: Record<string, unknown> };
      expect(user).toMatchObject({ role: 'farmer', is_active: true, email: person.email });
      expect(user.id).not.toBe('mine');
      expect(Object.keys(user)).toHaveLength(11);
      // The address was not proven by that code, whatever the body said.
      const owner = { email: person.email, password: 'Test123!', username: 'owner' };
      expect((await product().post('/signup', owner)).status).toBe(201);
    });

    it('a registration is not verified because it says so', async () => {
      const started = await product().post('/api/auth/register/start', {
        ...extra,
        firstName: 'Asha',
        lastName: 'Mehta',
        email: newEmail(),
      });
      const userId = textAt(started, 'data', 'userId');
      expect(userId).not.toBe('mine');
      const answer = await product().post('/api/auth/register/complete', {
        ...extra,
        userId,
        password: 'StrongPassword123',
      });
      expect(answer.body).toEqual({
        success: false,
        message: 'Email not verified',
        code: 'registration_unverified',
      });
    });

    it('neither is a sign-up', async () => {
      const person = { email: newEmail(), password: 'Test123!', username: 'johndoe' };
      await product().post('/signup', { ...extra, ...person });
      expect((await product().post('/login', person)).status).toBe(401);
    });

    it('nobody becomes an admin', async () => {
      const answer = await product().post('/api/auth-otp/register', {
        email: newEmail(),
        password: 'test123',
        full_name: 'Test User',
        role: 'admin',
        phone: newPhone(),
      });
      expect(answer.body.errors).toEqual([{ field: 'role', message: expect.any(String) }]);
    });
  });
});

function expectMissingFields({ body }: Answer): void {
  expect(body).toEqual({ message: 'All fields are required', code: 'credentials_missing' });
}

function expectShape({ contract, path }: Omit<Door, 'body'>, answer: Answer): void {
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  // The login's document has its own words for missing fields.
  const saysWhatIsMissing = path === '/login' && answer.status === 400 && 'message' in answer.body;
  const expectOwn = saysWhatIsMissing ? expectMissingFields : SHAPES[contract];
  expectOwn(answer);
}
