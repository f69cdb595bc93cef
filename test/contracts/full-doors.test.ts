import { expect, it } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { type Door, SHAPES } from './doors.js';
import { type Answer, expectRetryAfter, newEmail, newPhone, onBothDatabases, SECOND_MS } from './harness.js';
import { signUps } from './people.js';

const DAY_SECONDS = 24 * 60 * 60;

/** Places for about 48 codes, which nearly all wait while a test runs. */
const SLOW = {
  WORKER_MIN_SEND_DELAY_MS: '5000',
  WORKER_MAX_SEND_DELAY_MS: '5000',
  MAX_WAIT_SECONDS: '240',
};

/** How each contract sends the first code to a number. */
const SIGN_UPS: [Door['contract'], path: string, body: (phone: string) => object][] = [
  ['phone', '/api/users/register', signUps.phone],
  ['whatsapp', '/api/auth-otp/register', (phone) => signUps.whatsapp(phone)],
  ['two-factor', '/api/auth/register/start', (phone) => signUps['two-factor'](newEmail(), phone)],
  ['cookie', '/signup', (phone) => signUps.cookie(newEmail(), phone)],
];

onBothDatabases({ ...SLOW, COLD_MESSAGES_PER_DAY: '4' }, (product) => {
  const call = () =>
    product().post(
      '/api/v1/otp/send',
      { phoneNumber: newPhone() },
      { headers: { 'x-api-key': product().env.API_KEY ?? '' } },
    );
  const register = (phone = newPhone()) => product().post('/api/users/register', signUps.phone(phone));

  it('when the first messages of the day are used up, each API says so in its own words', async () => {
    const known = newPhone();
    expect((await register(known)).status).toBe(200);
    const otp = await product().codeFor(known);
    await product().post('/api/otp/verify', { phoneNumber: known, otp, mode: 'register' });
    // Whoever has written is served all the same.
    await product().whatsapp.handset(known).reply('hello', GATEWAY);
    expect((await register()).status).toBe(200);
    for (const [contract, path, body] of SIGN_UPS) {
      const answer = await product().post(path, body(newPhone()));
      expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'sender_restricted']);
      SHAPES[contract](answer);
      // Until the day ends, in UTC.
      expectRetryAfter(answer, 1, DAY_SECONDS);
    }
    expect((await product().post('/api/users/login', { phoneNumber: known })).status).toBe(200);

    // The other half is for callers with a key.
    expect([(await call()).status, (await call()).status]).toEqual([202, 202]);
    const refused = await call();
    expect([refused.status, refused.body]).toEqual([
      503,
      {
        message: expect.any(String),
        reason: expect.any(String),
        code: 'cold_budget_used',
        retryAfterSeconds: Number(refused.headers.get('retry-after')),
      },
    ]);
    expectRetryAfter(refused, 1, DAY_SECONDS);
  });

  it('sixty sign-ups of a stranger leave twelve of twelve calls with a key their 202', async () => {
    product().env.COLD_MESSAGES_PER_DAY = '';
    product().pass(DAY_SECONDS * SECOND_MS);
    await product().restart();
    expect((await call()).status).toBe(202);
    const answers: Answer[] = [];
    for (let at = 0; at < 60; at++) answers.push(await register());
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).not.toEqual([]);
    for (const { status, body } of refused) expect([status, body.code]).toEqual([503, 'queue_full']);
    const calls: number[] = [];
    for (let at = 0; at < 12; at++) calls.push((await call()).status);
    expect(calls).toEqual(Array(12).fill(202));
  });
});
