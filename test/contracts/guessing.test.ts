import { expect, it } from 'vitest';
import {
  byMail,
  cookieSignUp,
  FLOWS,
  isRight,
  loginByPhone,
  loginByWhatsApp,
  phoneLogin,
  twoFactorLogin,
  whatsappLogin,
} from './flows.js';
import {
  type Answer,
  cookieOf,
  expectRetryAfter,
  MINUTE_MS,
  newEmail,
  onBothDatabases,
  otherThan,
  textAt,
} from './harness.js';
import { asOperator, PASSWORD, signUps, whatsappUser } from './people.js';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_SECONDS = 24 * 60 * 60;

onBothDatabases({}, (product) => {
  it.each(FLOWS)('after three wrong codes the right one is refused, too: %s', async (_, flow) => {
    const { code, give } = await flow(product());
    for (let wrong = 0; wrong < 3; wrong++) expect(isRight(await give(otherThan(code)))).toBe(false);
    expect((await give(code)).status).toBe(400);
  });

  it('of 200 guesses at once, the right one among them, three are looked at', async () => {
    let wins = 0;
    for (const flow of [phoneLogin, whatsappLogin, twoFactorLogin, byMail(cookieSignUp)]) {
      const { code, give } = await flow(product());
      const guesses = guessesBeside(code, 199);
      guesses.splice(Math.floor(Math.random() * 200), 0, code);
      const answers = await Promise.all(guesses.map(give));
      const right = answers.filter(isRight).length;
      expect(right).toBeLessThanOrEqual(1);
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(200 - right);
      expect((await give(code)).status).toBe(400);
      wins += right;
    }
    // Three in two hundred is luck: two wins in four are one chance in a thousand, three in a hundred thousand.
    expect(wins).toBeLessThanOrEqual(2);
  }, 60_000);

  it.each(FLOWS)('of 50 right answers at once one wins: %s', async (_, flow) => {
    const { code, give, phone, email } = await flow(product());
    const answers = await Promise.all(Array.from({ length: 50 }, () => give(code)));
    expect(answers.filter(isRight)).toHaveLength(1);
    expect(answers.filter((answer) => tokenIn(answer) !== '').length).toBeLessThanOrEqual(1);
    expect((await give(code)).status).toBe(400);
    for (const q of [phone, email].filter((text) => text !== '')) {
      const { total } = await asOperator(product(), (users) => users.list({ q }, 1, 10));
      expect(total).toBeLessThanOrEqual(1);
    }
  });

  it('of ten last steps at once one makes the account, with its password', async () => {
    const email = newEmail();
    const started = await product().post('/api/auth/register/start', signUps['two-factor'](email));
    const userId = textAt(started, 'data', 'userId');
    const otp = await product().codeFor(email);
    await product().post('/api/auth/register/verify-otp', { userId, otp });
    const passwords = Array.from({ length: 10 }, (_, n) => `${PASSWORD}${n}`);
    const answers = await Promise.all(
      passwords.map((password) => product().post('/api/auth/register/complete', { userId, password })),
    );
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    const login = (password = '') => product().post('/api/auth/login', { email, password });
    expect((await login(passwords[winner])).status).toBe(200);
    expect((await login(passwords[(winner + 1) % 10])).status).toBe(401);
  });

  it.each(FLOWS)('a new code ends the older one, and starts with tries of its own: %s', async (_, flow) => {
    const { code: older, contact, give, again } = await flow(product());
    await give(otherThan(older));
    await give(otherThan(older));
    product().pass(MINUTE_MS);
    expect((await again()).status).toBe(200);
    const newer = await product().codeFor(contact);
    expect((await give(older)).status).toBe(400);
    expect((await give(otherThan(newer))).status).toBe(400);
    expect(isRight(await give(newer))).toBe(true);
  });

  it('new codes, other contracts and a restart do not make an account forget its failures', async () => {
    const person = await whatsappUser(product());
    const doors = [loginByPhone, loginByWhatsApp];
    for (let wrong = 0; wrong < 30; wrong++) {
      if (wrong === 15) await product().restart();
      product().pass(HOUR_MS);
      const { code, give } = await (doors[wrong % 2] ?? loginByPhone)(product(), person);
      expect((await give(otherThan(code))).status).toBe(400);
    }
    product().pass(HOUR_MS);
    for (const door of doors) {
      const { code, give } = await door(product(), person);
      const refused = await give(code);
      expect([refused.status, tokenIn(refused)]).toEqual([429, '']);
      expectRetryAfter(refused, DAY_SECONDS - 4_000, DAY_SECONDS - 3_500);
      await product().restart();
      expect((await give(code)).status).toBe(429);
      product().pass(MINUTE_MS);
    }
    product().pass(23 * HOUR_MS);
    const { code, give } = await loginByPhone(product(), person);
    expect((await give(code)).status).toBe(200);
    const next = await loginByWhatsApp(product(), person);
    expect((await next.give(otherThan(next.code))).status).toBe(400);
    expect((await next.give(next.code)).status).toBe(200);
  }, 60_000);
});

/** So many wrong codes of the same length. */
function guessesBeside(code: string, count: number): string[] {
  const all = 10 ** code.length;
  return Array.from({ length: count }, (_, n) =>
    String((Number(code) + 1 + n) % all).padStart(code.length, '0'),
  );
}

function tokenIn(answer: Answer): string {
  const { token, data } = answer.body as { token?: string; data?: { token?: string; accessToken?: string } };
  return token ?? data?.token ?? data?.accessToken ?? cookieOf(answer);
}
