import { describe, expect, it } from 'vitest';
import {
  byMail,
  cookieSignUp,
  FLOWS,
  type Flow,
  isRight,
  loginByPhone,
  loginByWhatsApp,
  newWho,
  phoneSignUp,
  twoFactorSignUp,
  whatsappSignUp,
} from './flows.js';
import {
  type Answer,
  cookieOf,
  MINUTE_MS,
  newEmail,
  newPhone,
  onBothDatabases,
  textAt,
  UUID,
} from './harness.js';
import { cookieUser, PASSWORD, signUps, twoFactorUser, whatsappUser } from './people.js';

const pairsOf = (flows: [name: string, flow: Flow][]) =>
  flows.flatMap(([from, one], n) => flows.slice(n + 1).map(([to, other]) => [from, to, one, other] as const));

/** Codes of all contracts have one length here: no door refuses one for its looks. */
onBothDatabases({ SECURITY_PROFILE: 'strict' }, (product) => {
  /** Both ways. */
  const expectStrangers = async (one: Flow, other: Flow) => {
    const who = newWho();
    const first = await one(product(), who);
    product().pass(MINUTE_MS);
    const second = await other(product(), who);
    if (first.code !== second.code) {
      for (const [door, code] of [
        [first.give, second.code],
        [second.give, first.code],
      ] as const) {
        expect((await door(code)).status).toBe(400);
      }
    }
    // The second one's sign-up comes too late for this person.
    expect(isRight(await first.give(first.code))).toBe(true);
  };

  describe('a code to a phone is good for one contract', () => {
    it.each(
      pairsOf([
        ['phone', phoneSignUp],
        ['whatsapp', whatsappSignUp],
        ['two-factor', twoFactorSignUp],
        ['cookie', cookieSignUp],
      ]),
    )('%s and %s', async (_from, _to, one, other) => expectStrangers(one, other));
  });

  it.each(
    pairsOf([
      ['two-factor', byMail(twoFactorSignUp)],
      ['cookie', byMail(cookieSignUp)],
    ]),
  )('so is a code to an address: %s and %s', async (_from, _to, one, other) => expectStrangers(one, other));

  it('so is a code to log in with', async () => {
    const person = await whatsappUser(product());
    for (const [one, other] of [
      [loginByPhone, loginByWhatsApp],
      [loginByWhatsApp, loginByPhone],
    ] as const) {
      product().pass(MINUTE_MS);
      const first = await one(product(), person);
      product().pass(MINUTE_MS);
      const second = await other(product(), person);
      expect((await second.give(first.code)).status).toBe(400);
      expect((await first.give(second.code)).status).toBe(400);
      expect(isRight(await first.give(first.code))).toBe(true);
      expect(isRight(await second.give(second.code))).toBe(true);
    }
  });

  it.each(FLOWS)("somebody else's code does not fit: %s", async (_, flow) => {
    const [hers, his] = [await flow(product()), await flow(product())];
    expect((await hers.give(his.code)).status).toBe(400);
    expect(isRight(await hers.give(hers.code))).toBe(true);
  });
});

onBothDatabases({}, (product) => {
  const post = (path: string, body: unknown) => product().post(path, body);
  const me = (path: string, token: string) => product().get(path, { authorization: `Bearer ${token}` });

  describe('an account with two factors', () => {
    const single: [path: string, body: (phone: string, otp: string) => object][] = [
      ['/api/otp/verify', (phone, otp) => ({ phoneNumber: phone, otp: otp.slice(1), mode: 'login' })],
      ['/api/auth-otp/verify-login', (phone, otp) => ({ phone, otp })],
    ];

    it('opens to no single-step door with the code of its second step', async () => {
      const phone = newPhone();
      const { id: userId, email } = await twoFactorUser(product(), newEmail(), phone);
      await post('/api/auth/login', { email, password: PASSWORD });
      const otp = await product().codeFor(phone);
      for (const [path, body] of single) {
        const answer = await post(path, body(phone, otp));
        expect([path, answer.status, tokenIn(answer)]).toEqual([path, 403, '']);
      }
      for (const [path, body] of [
        ['/api/otp/verify', { phoneNumber: phone, otp: otp.slice(1), mode: 'register' }],
        ['/api/auth-otp/verify', { phone, otp }],
        ['/verify-otp', { email, otp }],
        ['/api/auth/register/verify-otp', { userId, otp }],
        ['/login', { email, password: PASSWORD, otp }],
      ] as const) {
        const answer = await post(path, body);
        expect([path, isRight(answer), tokenIn(answer)]).toEqual([path, false, '']);
      }
      expect((await post('/api/auth/login/verify-otp', { userId, otp })).status).toBe(200);
    });

    it('is nobody whom a sign-up elsewhere could take over', async () => {
      const phone = newPhone();
      await twoFactorUser(product(), newEmail(), phone);
      for (const [path, body] of [
        ['/api/users/register', signUps.phone(phone)],
        ['/api/auth-otp/register', signUps.whatsapp(phone)],
        ['/signup', signUps.cookie(newEmail(), phone)],
        ['/api/auth/register/start', signUps['two-factor'](newEmail(), phone)],
      ] as const) {
        expect([path, (await post(path, body)).status]).toEqual([path, 409]);
      }
    });

    it('sends nothing without the password, and no code of before opens it', async () => {
      const phone = newPhone();
      const email = newEmail();
      const started = await post('/api/auth/register/start', signUps['two-factor'](email, phone));
      const userId = textAt(started, 'data', 'userId');
      const otp = await product().codeFor(phone);
      await post('/api/auth/register/verify-otp', { userId, otp });
      await post('/api/auth/register/complete', { userId, password: PASSWORD });
      for (const id of [userId, '0d9f5ad5-8ddd-4ae6-b0a4-5b2f1d3f7c11']) {
        const answer = await post('/api/auth/login/resend-otp', { userId: id });
        expect([answer.status, answer.body]).toEqual([
          200,
          { success: true, message: 'OTP resent successfully', challenge: expect.stringMatching(UUID) },
        ]);
        const refused = await post('/api/auth/login/verify-otp', { userId: id, otp });
        expect([refused.status, refused.body]).toEqual([
          400,
          { success: false, message: 'Invalid OTP', code: 'code_invalid' },
        ]);
      }
      await post('/api/auth/login', { email, password: 'wrong' });
      await post('/api/auth/login/resend-otp', { userId });
      await product().delivered();
      expect(product().messagesOf(phone)).toHaveLength(1);
    });
  });

  it('the shared login answers by the account, and failures do not tell which it is', async () => {
    const two = await twoFactorUser(product());
    const one = await whatsappUser(product());
    const right = await post('/api/auth/login', { email: one.email, password: PASSWORD });
    expect(right.body).toMatchObject({ message: 'Login successful', data: { token: expect.any(String) } });
    const half = await post('/api/auth/login', { email: two.email, password: PASSWORD });
    expect(half.body).toEqual({
      success: true,
      message: 'OTP sent to your email',
      data: { twoFaRequired: true, userId: two.id },
      challenge: expect.stringMatching(UUID),
    });
    const faces = [one.email, two.email, newEmail()].map(async (email) => {
      const { status, text } = await post('/api/auth/login', { email, password: 'wrong' });
      return [status, text];
    });
    const [first, ...others] = await Promise.all(faces);
    expect(first).toEqual([
      401,
      '{"success":false,"message":"Invalid email or password","code":"credentials_wrong"}',
    ]);
    for (const face of others) expect(face).toEqual(first);
  });

  describe("somebody else's address", () => {
    it('a start by a stranger is of no use to him, however the two alternate', async () => {
      const email = newEmail();
      const start = async () =>
        textAt(await post('/api/auth/register/start', signUps['two-factor'](email)), 'data', 'userId');
      const [before, hers, after] = [await start(), await start(), await start()];
      expect(new Set([before, hers, after]).size).toBe(3);
      await product().delivered();
      const codes = product()
        .messagesOf(email)
        .map((message) => /(?<!\d)\d{6}(?!\d)/.exec(message)?.[0] ?? '');
      const [, otp = '', his = ''] = codes;
      const mixedUp = await post('/api/auth/register/verify-otp', { userId: hers, otp: his });
      expect([mixedUp.status, mixedUp.body]).toEqual([
        400,
        { success: false, message: 'Invalid OTP', code: 'code_invalid' },
      ]);
      expect((await post('/api/auth/register/verify-otp', { userId: hers, otp })).status).toBe(200);
      for (const userId of [before, after]) {
        expect((await post('/api/auth/register/verify-otp', { userId, otp })).status).toBe(400);
        const answer = await post('/api/auth/register/complete', { userId, password: 'attacker1' });
        expect([answer.status, answer.body]).toEqual([
          400,
          { success: false, message: 'Email not verified', code: 'registration_unverified' },
        ]);
      }
      const completed = await post('/api/auth/register/complete', { userId: hers, password: PASSWORD });
      expect(completed.status).toBe(200);
      expect((await post('/api/auth/login', { email, password: 'attacker1' })).status).toBe(401);
    });

    it('whoever proves it takes it from whoever only claimed it, with what he could do', async () => {
      const email = newEmail();
      const stranger = await whatsappUser(product(), email);
      const owner = await cookieUser(product(), email);
      expect(owner.id).not.toBe(stranger.id);
      expect((await me('/api/users/me', stranger.token)).status).toBe(401);
      const login = await post('/api/auth/login', { email, password: PASSWORD });
      expect(login.body.data).toMatchObject({ user: { id: owner.id } });
    });

    it('with a code to his own phone he proves his phone, and she can still sign up', async () => {
      const email = newEmail();
      await cookieUser(product(), email, newPhone());
      await twoFactorUser(product(), email, newPhone());
      await whatsappUser(product(), email);
      const owner = await cookieUser(product(), email);
      const login = await post('/login', { email, password: PASSWORD });
      const answer = await product().get('/protected', { cookie: cookieOf(login) });
      expect(answer.body.user).toMatchObject({ id: owner.id, email });
    });
  });
});

function tokenIn(answer: Answer): string {
  return /[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/.exec(answer.text)?.[0] ?? cookieOf(answer);
}
