import { expect, it, vi } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { noteWork, workOf } from '../support/work.js';
import {
  type Answer,
  MINUTE_MS,
  newEmail,
  newPhone,
  onBothDatabases,
  otherThan,
  type Product,
  textAt,
  UUID,
} from './harness.js';
import { cookieUser, whatsappUser } from './people.js';

const PASSWORD = 'securepass123';

vi.mock('@node-rs/argon2', async (original) => {
  const library = await original<typeof import('@node-rs/argon2')>();
  const noted =
    <A extends unknown[], R>(name: string, run: (...args: A) => R) =>
    (...args: A) => {
      noteWork(name);
      return run(...args);
    };
  return {
    ...library,
    hash: noted('argon2 hash', library.hash),
    verify: noted('argon2 verify', library.verify),
  };
});

type Door = [path: string, body: (who: Person) => object];

const DOORS: Door[] = [
  ['/api/users/register', ({ phone }) => ({ phoneNumber: phone, name: 'Asha S' })],
  ['/api/users/login', ({ phone }) => ({ phoneNumber: phone })],
  ['/api/otp/verify', ({ phone }) => ({ phoneNumber: phone, otp: '123456', mode: 'login' })],
  ['/api/otp/verify', ({ phone }) => ({ phoneNumber: phone, otp: '123456', mode: 'register' })],
  ['/api/auth-otp/register', ({ phone }) => whatsappBody(phone)],
  ['/api/auth-otp/resend', ({ phone }) => ({ phone })],
  ['/api/auth-otp/request-login', ({ phone }) => ({ phone })],
  ['/api/auth-otp/verify', ({ phone }) => ({ phone, otp: '123456' })],
  ['/api/auth-otp/verify-login', ({ phone }) => ({ phone, otp: '123456' })],
  ['/api/auth/register/start', ({ email }) => ({ firstName: 'Asha', lastName: 'Mehta', email })],
  ['/api/auth/register/resend-otp', ({ email }) => ({ email })],
  ['/api/auth/login', ({ email }) => ({ email, password: 'something else' })],
  ['/signup', ({ email }) => ({ email, password: PASSWORD, username: 'johndoe' })],
  ['/verify-otp', ({ email }) => ({ email, otp: '123456' })],
  ['/resend-otp', ({ email }) => ({ email })],
  ['/login', ({ email }) => ({ email, password: 'something else' })],
  ['/account/forgot', ({ phone }) => ({ phone })],
  ['/account/forgot', ({ email }) => ({ email })],
  ['/account/reset', ({ phone }) => ({ phone, code: '123456', newPassword: PASSWORD })],
  ['/account/reset', ({ email }) => ({ email, code: '123456', newPassword: PASSWORD })],
  // Tried in two spellings, for the known and for the unknown.
  ['/api/auth/login', ({ email }) => ({ email, password: 'Cafe\u0301 something' })],
  ['/login', ({ email }) => ({ email, password: 'Cafe\u0301 something' })],
];

onBothDatabases({ SECURITY_PROFILE: 'strict' }, (product) => {
  const post = (path: string, body: unknown) => product().post(path, body);

  it.each(DOORS)(
    'POST %s answers known and unknown alike, in text, status and headers',
    async (path, body) => {
      const stranger = { phone: newPhone(), email: newEmail() };
      const faces = [];
      for (const who of [await person(product()), stranger]) {
        faces.push(faceOf(await post(path, body(who)), who));
      }
      expect(faces[0]).toEqual(faces[1]);
    },
  );

  it.each<[string, 'registration' | 'challenge', Door[1]]>([
    ['/api/users/register', 'registration', ({ phone }) => ({ phoneNumber: phone, name: 'Asha S' })],
    ['/api/users/login', 'challenge', ({ phone }) => ({ phoneNumber: phone })],
    ['/api/auth-otp/register', 'registration', ({ phone }) => whatsappBody(phone)],
    ['/api/auth-otp/resend', 'registration', ({ phone }) => ({ phone })],
    ['/api/auth-otp/request-login', 'challenge', ({ phone }) => ({ phone })],
    ['/api/auth/register/resend-otp', 'registration', ({ email }) => ({ email })],
    ['/resend-otp', 'registration', ({ email }) => ({ email })],
  ])('POST %s gives somebody unknown a %s', async (path, field, body) => {
    const answer = await post(path, body({ phone: newPhone(), email: newEmail() }));
    expect([answer.status, answer.body[field]]).toEqual([200, expect.stringMatching(UUID)]);
  });

  it.each(DOORS)('nor does what it costs tell: POST %s', async (path, body) => {
    const [known, unknown] = [await person(product()), { phone: newPhone(), email: newEmail() }];
    // Whoever got a code today is not new to us, with or without an account.
    product().pass(25 * 60 * MINUTE_MS);
    await product().delivered();
    const ofKnown = await workOf(() => post(path, body(known)));
    await product().delivered();
    const ofUnknown = await workOf(() => post(path, body(unknown)));
    expect(ofKnown).not.toEqual([]);
    // The row of the message itself is all that may be missing. Figures of the dashboard are stored once a second, for all,
    // and blocked prefixes are read as often.
    const alike = (steps: string[]) =>
      steps.filter(
        (step) =>
          !step.startsWith('insert into "jobs"') && !/"flood_counts"|from "blocked_prefixes"/.test(step),
      );
    expect(alike(ofUnknown)).toEqual(alike(ofKnown));
  });

  it('an address that nobody has proven is given to nobody', async () => {
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const { token } = await whatsappUser(product());
    const me = await product().get('/api/users/me', bearer(token));
    const label = { email: null, email_verified: false, phone_verified: true };
    expect(me.body.data).toMatchObject({ user: { ...label, phone: expect.any(String) } });
    const claimed = await cookieUser(product(), newEmail(), newPhone());
    const secret = await product().get('/protected', { cookie: claimed.cookie });
    expect(secret.body.user).toMatchObject(label);
    const { email, cookie } = await cookieUser(product());
    const own = await product().get('/protected', { cookie });
    expect(own.body.user).toMatchObject({ email, email_verified: true, phone_verified: false });
  });

  it('nothing is sent to those who cannot use it', async () => {
    const { phone, email } = await person(product());
    const stranger = { phone: newPhone(), email: newEmail() };
    product().pass(MINUTE_MS);
    await post('/api/users/register', { phoneNumber: phone, name: 'Asha S' });
    await post('/signup', { email, password: PASSWORD, username: 'johndoe' });
    await post('/api/users/login', { phoneNumber: stranger.phone });
    await post('/api/auth-otp/resend', { phone: newPhone() });
    await post('/resend-otp', { email: stranger.email });
    await product().delivered();
    for (const contact of [stranger.phone, stranger.email]) {
      expect(product().messagesOf(contact)).toEqual([]);
    }
    expect(product().messagesOf(phone)).toHaveLength(1);
    expect(product().messagesOf(email)).toHaveLength(1);
  });

  it('wrong codes for strangers run out and are locked like those of the known', async () => {
    const { phone } = await person(product());
    const stranger = newPhone();
    for (const contact of [phone, stranger]) {
      const statuses = [];
      for (let round = 0; round < 3; round++) {
        product().pass(MINUTE_MS);
        statuses.push((await post('/api/auth-otp/request-login', { phone: contact })).status);
        for (let wrong = 0; wrong < 3; wrong++) {
          const answer = await post('/api/auth-otp/verify-login', { phone: contact, otp: '000000' });
          statuses.push(answer.status);
        }
        if (round === 1) {
          statuses.push((await post('/api/auth-otp/verify-login', { phone: contact, otp: '000000' })).status);
        }
      }
      expect(statuses).toEqual([200, 400, 400, 400, 200, 400, 400, 400, 429, 200, 400, 429, 429]);
    }
  });

  it('wrong codes to sign in tell nothing at the door to sign up', async () => {
    const { phone } = await person(product());
    const faces = [];
    for (const contact of [phone, newPhone()]) {
      for (let round = 0; round < 2; round++) {
        product().pass(MINUTE_MS);
        await post('/api/users/login', { phoneNumber: contact });
        for (let wrong = 0; wrong < 3; wrong++) {
          await post('/api/otp/verify', { phoneNumber: contact, otp: '000000', mode: 'login' });
        }
      }
      const body = { phoneNumber: contact, otp: '000000', mode: 'register' };
      const { status, text } = await post('/api/otp/verify', body);
      faces.push({ status, text });
    }
    expect(faces[0]).toEqual(faces[1]);
    expect(faces[0]?.status).toBe(429);
  });

  it('a restricted sender refuses every sign-up, and no sign-in of anybody who may be written to', async () => {
    const { whatsapp } = product();
    const known = await person(product());
    const begun = { phone: newPhone(), email: newEmail() };
    await post('/api/users/register', { phoneNumber: begun.phone, name: 'Asha S' });
    await product().codeFor(begun.phone);
    for (const { phone } of [known, begun]) await whatsapp.handset(phone).reply('hello', GATEWAY);
    product().pass(25 * 60 * MINUTE_MS);
    whatsapp.phone(GATEWAY).restrict();
    const signUps = DOORS.filter(([path, body]) => /register|resend/.test(path) && holdsPhone(body));
    await until('the restriction', async () => {
      const answer = await post('/api/users/register', { phoneNumber: newPhone(), name: 'Asha S' });
      return answer.status === 503;
    });
    for (const [path, body] of signUps) {
      const faces = [];
      // What is refused is kept for those who write first, and counts.
      product().pass(MINUTE_MS);
      for (const who of [known, begun, { phone: newPhone(), email: newEmail() }]) {
        const answer = await post(path, body(who));
        expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'sender_restricted']);
        faces.push(faceOf(answer, who));
      }
      expect(faces[1]).toEqual(faces[0]);
      expect(faces[2]).toEqual(faces[0]);
    }
    product().pass(MINUTE_MS);
    for (const phone of [known.phone, newPhone()]) {
      expect((await post('/api/users/login', { phoneNumber: phone })).status).toBe(200);
    }
    whatsapp.phone(GATEWAY).liftRestriction();
  });

  it('an account with a second step is a stranger to single-step logins', async () => {
    const [email, phone] = [newEmail(), newPhone()];
    const started = await post('/api/auth/register/start', {
      firstName: 'Asha',
      lastName: 'Mehta',
      email,
      phone,
    });
    const userId = textAt(started, 'data', 'userId');
    await post('/api/auth/register/verify-otp', { userId, otp: await product().codeFor(phone) });
    await post('/api/auth/register/complete', { userId, password: PASSWORD });
    expect((await post('/api/auth-otp/request-login', { phone })).status).toBe(200);
    const answer = await post('/api/auth-otp/verify-login', { phone, otp: '123456' });
    expect([answer.status, answer.body]).toEqual([
      400,
      { success: false, message: 'Invalid or expired OTP', code: 'code_invalid' },
    ]);
    await product().delivered();
    expect(product().messagesOf(phone)).toHaveLength(1);
  });

  it('codes have six digits, also in the phone contract', async () => {
    const phone = newPhone();
    await post('/api/users/register', { phoneNumber: phone, name: 'Asha S' });
    const otp = await product().codeFor(phone);
    expect(otp).toMatch(/^\d{6}$/);
    const wrong = await post('/api/otp/verify', {
      phoneNumber: phone,
      otp: otherThan(otp),
      mode: 'register',
    });
    expect(wrong.body).toEqual({ message: 'Invalid or expired OTP', code: 'code_invalid' });
    expect((await post('/api/otp/verify', { phoneNumber: phone, otp, mode: 'register' })).status).toBe(201);
  });

  it.each([
    ['/api/auth-otp/register', () => ({ ...whatsappBody(newPhone()), password: '1234567' })],
    ['/signup', () => ({ email: newEmail(), password: '1234567', username: 'johndoe' })],
    ['/api/auth/register/complete', () => ({ userId: 'x', password: '1234567' })],
  ])('%s wants a password of eight characters', async (path, body) => {
    const answer = await post(path, body());
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/8/);
  });

  it('one of the 10,000 commonest passwords is refused', async () => {
    const answer = await product().post('/signup', {
      email: newEmail(),
      password: 'password12',
      username: 'johndoe',
    });
    expect([answer.status, answer.body]).toEqual([
      400,
      { success: false, error: expect.any(String), code: 'fields_invalid' },
    ]);
  });
});

interface Person {
  phone: string;
  email: string;
}

function holdsPhone(body: Door[1]): boolean {
  return Object.values(body({ phone: 'hers', email: 'hers@example.com' })).includes('hers');
}

const whatsappBody = (phone: string) => ({
  email: newEmail(),
  password: PASSWORD,
  full_name: 'John Farmer',
  role: 'farmer',
  phone,
});

/** Somebody whose phone and address are known, with accounts of their own: made elsewhere, so that whoever asks is a stranger. */
async function person(product: Product): Promise<Person> {
  const [phone, email] = [newPhone(), newEmail()];
  const headers = { 'x-api-key': product.env.API_KEY ?? '', 'x-client-address': '203.0.113.50' };
  const post = (path: string, body: object) => product.post(path, body, { headers });
  await post('/api/auth-otp/register', whatsappBody(phone));
  await post('/signup', { email, password: PASSWORD, username: 'johndoe' });
  await post('/api/auth-otp/verify', { phone, otp: await product.codeFor(phone) });
  await post('/verify-otp', { email, otp: await product.codeFor(email) });
  return { phone, email };
}

/** Of a link by which a person writes first. */
const TOKEN = /[A-Z0-9]{5}-[A-Z0-9]{5}/g;

/** What an answer shows to somebody who asks about different people, at different moments. */
function faceOf({ status, headers, text }: Answer, { phone, email }: Person) {
  const changing = /^(?:date|ratelimit.*|retry-after|x-request-id)$/;
  const shown = [...headers].map(([name, value]) => [name, changing.test(name) ? '-' : value] as const);
  const uuid = new RegExp(UUID.source.slice(1, -1), 'g');
  const noCookie = shown.map(([name, value]) => [
    name,
    value.replace(/^otp_client=[\w-]{22};|Expires=[^;]+;/g, '-;'),
  ]);
  return {
    status,
    shown: noCookie,
    text: text.replaceAll(phone, '-').replaceAll(email, '-').replace(uuid, '-').replaceAll(TOKEN, '-'),
  };
}
