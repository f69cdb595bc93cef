import { expect, it } from 'vitest';
import { isRight } from './flows.js';
import { type Answer, MINUTE_MS, newEmail, newIndian, onBothDatabases, SECOND_MS } from './harness.js';
import { PASSWORD, signUps } from './people.js';

const ROUNDS = 3;

onBothDatabases({}, (product) => {
  const post = (path: string, body: unknown) => product().post(path, body);

  /** Within ten minutes, every door in every spelling, many at once. Returns the answers that promise a message. */
  async function flood(doors: ((spelling: string) => Promise<Answer>)[], spellings: string[]) {
    const promised: Answer[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await Promise.all(doors.flatMap((door) => spellings.map(door)));
      expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
      promised.push(...answers.filter(isRight));
      await product().delivered();
      product().pass((10 * MINUTE_MS - 30 * SECOND_MS) / ROUNDS);
    }
    return promised;
  }

  it('five messages in ten minutes reach a phone, whichever doors and spellings are tried', async () => {
    const number = newIndian();
    const e164 = `+91${number}`;
    const spellings = [
      e164,
      `91${number}`,
      ` ${e164} `,
      `+91 ${number.slice(0, 5)} ${number.slice(5)}`,
      `+91 (${number.slice(0, 3)}) ${number.slice(3)}`,
      `+91-${number.slice(0, 5)}.${number.slice(5)}`,
    ];
    const doors = [
      (phone: string) => post('/api/users/register', signUps.phone(phone)),
      (phone: string) => post('/api/users/register', signUps.phone(phone.replace(/^ ?\+?91/, '0'))),
      (phone: string) => post('/api/auth-otp/register', signUps.whatsapp(phone)),
      (phone: string) => post('/api/auth-otp/resend', { phone }),
      (phone: string) => post('/api/auth/register/start', signUps['two-factor'](newEmail(), phone)),
      (phone: string) => post('/signup', signUps.cookie(newEmail(), phone)),
    ];
    const promised = await flood(doors, spellings);
    expect(promised).toHaveLength(5);
    expect(product().messagesOf(e164).length).toBeGreaterThan(0);
    expect(product().messagesOf(e164).length).toBeLessThanOrEqual(5);
    product().pass(10 * MINUTE_MS);
    expect((await post('/api/users/register', signUps.phone(number))).status).toBe(200);
  });

  it('five mails in ten minutes reach an address, whichever doors and spellings are tried', async () => {
    const email = newEmail();
    const spellings = [email, email.toUpperCase(), ` ${email}`, email.replace('user', 'User')];
    const doors = [
      (address: string) => post('/signup', signUps.cookie(address)),
      (address: string) => post('/resend-otp', { email: address }),
      (address: string) => post('/api/auth/register/start', signUps['two-factor'](address)),
      (address: string) => post('/api/auth/register/resend-otp', { email: address }),
    ];
    const promised = await flood(doors, spellings);
    expect(promised).toHaveLength(5);
    expect(product().messagesOf(email).length).toBeGreaterThan(0);
    expect(product().messagesOf(email).length).toBeLessThanOrEqual(5);
  });

  it('a second step is no way around it: logging in again and again, and asking for more', async () => {
    const email = newEmail();
    const started = await post('/api/auth/register/start', signUps['two-factor'](email));
    const { userId } = started.body.data as { userId: string };
    const otp = await product().codeFor(email);
    await post('/api/auth/register/verify-otp', { userId, otp });
    await post('/api/auth/register/complete', { userId, password: PASSWORD });
    const doors = [
      () => post('/api/auth/login', { email, password: PASSWORD }),
      () => post('/api/auth/login/resend-otp', { userId }),
    ];
    const promised = await flood(doors, ['', '', '']);
    expect(promised.length).toBeGreaterThan(0);
    expect(product().messagesOf(email).length).toBeLessThanOrEqual(5);
  });
});
