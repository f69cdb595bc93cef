import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeForPeople, sentenceForPeople } from '../../src/delivery/unavailable.js';
import type { ErrorCode } from '../../src/errors.js';
import { STATUS } from '../../src/http/statuses.js';
import { DATABASES } from '../support/databases.js';
import { newEmail, newPhone, type Product, startProduct, waitOf } from './harness.js';

const person = () => ({ email: newEmail(), password: 'Test123!', username: 'johndoe' });
const name = { firstName: 'Asha', lastName: 'Mehta' };

it('causes that share a sentence share a code', () => {
  const bySentence = new Map<string, Set<ErrorCode>>();
  for (const cause of Object.keys(STATUS) as ErrorCode[]) {
    const sentence = sentenceForPeople(cause);
    if (sentence === null) continue;
    bySentence.set(sentence, (bySentence.get(sentence) ?? new Set()).add(codeForPeople(cause)));
    expect(sentenceForPeople(codeForPeople(cause))).toBe(sentence);
  }
  expect([...bySentence].filter(([, codes]) => codes.size > 1)).toEqual([]);
  expect(codeForPeople('sender_banned')).toBe(codeForPeople('sender_not_paired'));
  expect(codeForPeople('rate_limited')).toBe('rate_limited');
});

describe.each(DATABASES)('without a mail server, on %s', (kind) => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct(kind, { SMTP_URL: '', EMAIL_FROM: '' });
  }, 60_000);
  afterAll(() => product?.close());

  it('the cookie contract says that no mail could be sent', async () => {
    const signUp = person();
    const answer = await product.post('/signup', signUp);
    expect([answer.status, answer.body]).toEqual([
      500,
      {
        success: false,
        error: 'Failed to send verification email. Please try again.',
        code: 'email_unavailable',
        ...waitOf(answer),
      },
    ]);
    expect((await product.post('/resend-otp', { email: signUp.email })).status).toBe(404);
  });

  it('the two-factor contract says so in its own shape', async () => {
    const answer = await product.post('/api/auth/register/start', { ...name, email: newEmail() });
    expect([answer.status, answer.body]).toEqual([
      503,
      {
        success: false,
        message: expect.stringContaining('by e-mail'),
        code: 'email_unavailable',
        ...waitOf(answer),
      },
    ]);
  });

  it('a failed mail is none of the five in ten minutes, and phones are served', async () => {
    const { email, ...rest } = person();
    for (let round = 0; round < 6; round++) {
      expect((await product.post('/signup', { email, ...rest })).status).toBe(500);
    }
    const phone = newPhone();
    expect((await product.post('/signup', { email, ...rest, phone })).status).toBe(201);
    const otp = await product.codeFor(phone);
    expect((await product.post('/verify-otp', { email, otp })).status).toBe(201);
  });
});

describe.each(DATABASES)('without a paired number, on %s', (kind) => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct(kind, {}, false);
  }, 60_000);
  afterAll(() => product?.close());

  it('codes to a phone are refused, in the shape of each contract', async () => {
    const phone = newPhone();
    // For people: what is wrong in detail is not theirs to mend.
    const text = expect.stringMatching(/^No codes can be sent over WhatsApp at the moment\. .*\.$/);
    const code = 'sender_unavailable';
    for (const [path, body, shape] of [
      ['/api/users/register', { phoneNumber: phone, name: 'Asha' }, { message: text, code }],
      [
        '/api/auth-otp/register',
        { email: newEmail(), password: 'test123', full_name: 'Test User', role: 'farmer', phone },
        { success: false, message: text, code },
      ],
      [
        '/api/auth/register/start',
        { ...name, email: newEmail(), phone },
        { success: false, message: text, code },
      ],
      ['/signup', { ...person(), phone }, { success: false, error: text, code }],
    ] as const) {
      const answer = await product.post(path, body);
      expect([path, answer.status, answer.body]).toEqual([path, 503, { ...shape, ...waitOf(answer) }]);
    }
  });

  it('mail goes out all the same', async () => {
    const { email, ...rest } = person();
    expect((await product.post('/signup', { email, ...rest })).status).toBe(201);
    const otp = await product.codeFor(email);
    expect((await product.post('/verify-otp', { email, otp })).status).toBe(201);
  });
});
