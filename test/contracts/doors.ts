import { expect } from 'vitest';
import { type Answer, newEmail, newPhone } from './harness.js';

/** How each contract words a failure. */
export const SHAPES = {
  phone: (answer: Answer) => expect(wordsOf(answer)).toEqual({ message: expect.any(String) }),
  whatsapp: expectErrors,
  'two-factor': expectErrors,
  cookie: (answer: Answer) => expect(wordsOf(answer)).toEqual({ success: false, error: expect.any(String) }),
};

/**
 * What no document knows is beside it: a code for programs, a hint, the seconds of `Retry-After`, and in a 503 how to go on by
 * writing first.
 */
function wordsOf({ status, body, headers }: Answer): Answer['body'] {
  const { code, userFirst, retryAfterSeconds, hint, ...words } = body;
  expect(typeof (hint ?? '')).toBe('string');
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  const told = headers.get('retry-after');
  expect(retryAfterSeconds).toBe(told === null ? undefined : Number(told));
  if (status !== 503 || userFirst === undefined) return words;
  const { registration, data, ...others } = words;
  const text = expect.any(String);
  expect({ userFirst, registration }).toEqual({
    userFirst: { link: text, number: text, text },
    registration: text,
  });
  return others;
}

/** `{success: false, message}`, with one entry for each bad field when it is about fields. */
function expectErrors(answer: Answer): void {
  const entry = { field: expect.any(String), message: expect.any(String) };
  const { errors, ...rest } = wordsOf(answer);
  expect(rest).toEqual({ success: false, message: expect.any(String) });
  if (errors === undefined) return;
  for (const error of errors as unknown[]) expect(error).toEqual(entry);
  const fields = (errors as { field: string }[]).map(({ field }) => field);
  expect(new Set(fields).size).toBe(fields.length);
}

export interface Door {
  contract: keyof typeof SHAPES;
  path: string;
  /** A valid body; null: none is asked for. */
  body: (() => Record<string, unknown>) | null;
}

const userId = '0d9f5ad5-8ddd-4ae6-b0a4-5b2f1d3f7c11';
const account = () => ({ email: newEmail(), password: 'securepass123' });

/** Every POST of the four contracts. */
export const POSTS: Door[] = [
  {
    contract: 'phone',
    path: '/api/users/register',
    body: () => ({ phoneNumber: newPhone(), name: 'Asha S' }),
  },
  { contract: 'phone', path: '/api/users/login', body: () => ({ phoneNumber: newPhone() }) },
  {
    contract: 'phone',
    path: '/api/otp/verify',
    body: () => ({ phoneNumber: newPhone(), otp: '12345', mode: 'login' }),
  },
  {
    contract: 'whatsapp',
    path: '/api/auth-otp/register',
    body: () => ({ ...account(), full_name: 'John Farmer', role: 'farmer', phone: newPhone() }),
  },
  { contract: 'whatsapp', path: '/api/auth-otp/resend', body: () => ({ phone: newPhone() }) },
  { contract: 'whatsapp', path: '/api/auth-otp/verify', body: () => ({ phone: newPhone(), otp: '123456' }) },
  { contract: 'whatsapp', path: '/api/auth-otp/request-login', body: () => ({ phone: newPhone() }) },
  {
    contract: 'whatsapp',
    path: '/api/auth-otp/verify-login',
    body: () => ({ phone: newPhone(), otp: '123456' }),
  },
  { contract: 'whatsapp', path: '/api/auth/login', body: account },
  {
    contract: 'two-factor',
    path: '/api/auth/register/start',
    body: () => ({ firstName: 'Asha', lastName: 'Mehta', email: newEmail() }),
  },
  {
    contract: 'two-factor',
    path: '/api/auth/register/verify-otp',
    body: () => ({ userId, otp: '123456' }),
  },
  { contract: 'two-factor', path: '/api/auth/register/resend-otp', body: () => ({ email: newEmail() }) },
  {
    contract: 'two-factor',
    path: '/api/auth/register/complete',
    body: () => ({ userId, password: 'StrongPassword123' }),
  },
  { contract: 'two-factor', path: '/api/auth/login/resend-otp', body: () => ({ userId }) },
  { contract: 'two-factor', path: '/api/auth/login/verify-otp', body: () => ({ userId, otp: '123456' }) },
  { contract: 'cookie', path: '/signup', body: () => ({ ...account(), username: 'johndoe' }) },
  { contract: 'cookie', path: '/verify-otp', body: () => ({ email: newEmail(), otp: '123456' }) },
  { contract: 'cookie', path: '/resend-otp', body: () => ({ email: newEmail() }) },
  { contract: 'cookie', path: '/login', body: account },
  { contract: 'cookie', path: '/logout', body: null },
  { contract: 'cookie', path: '/', body: null },
];

/** Every GET that answers JSON. */
export const GETS: Omit<Door, 'body'>[] = [
  { contract: 'phone', path: '/api/users/get-all-users' },
  { contract: 'whatsapp', path: '/api/auth-otp/cleanup' },
  { contract: 'whatsapp', path: '/api/users/me' },
  { contract: 'two-factor', path: '/api/auth/me' },
  { contract: 'cookie', path: '/protected' },
];
