import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT, signIn, startProvider, type TestProvider } from '../auth/provider.js';
import { cookieOf, ISO, MINUTE_MS, type Product, startProduct, UUID } from './harness.js';
import { createRunner, readCollection, stepsOf } from './postman.js';

const PUBLIC_URL = 'http://localhost:4000';
const collection = readCollection(join(import.meta.dirname, '../../docs/sign-in.postman_collection.json'));
const steps = stepsOf(collection);
const initially = (name: string) => collection.variable.find(({ key }) => key === name)?.value ?? '';

const [EMAIL, USERNAME, NAME] = ['email', 'username', 'name'].map(initially);
const [NUMBER, PHONE] = ['phoneNumber', 'phone'].map(initially);
const [WHATSAPP_EMAIL, TWO_FACTOR_EMAIL] = ['whatsappEmail', 'twoFactorEmail'].map(initially);
const HANDSET = `+91${NUMBER}`;

/** Where a code goes, by the request that sends it. Read after it, in the place of the person at the keyboard. */
const CODES: Record<string, string | undefined> = {
  'Cookie / Authentication / Signup': EMAIL,
  'Phone / Register': HANDSET,
  'Phone / Login': HANDSET,
  'WhatsApp / Register': PHONE,
  'WhatsApp / Resend OTP': PHONE,
  'WhatsApp / Request Login': PHONE,
  'Two-Factor / Registration / Start': TWO_FACTOR_EMAIL,
  'Two-Factor / Registration / Resend OTP': TWO_FACTOR_EMAIL,
  'Two-Factor / Login / Password': TWO_FACTOR_EMAIL,
  'Two-Factor / Login / Resend OTP': TWO_FACTOR_EMAIL,
};

const id = expect.stringMatching(UUID);
const at = expect.stringMatching(ISO);
const jwt = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/);
const addressProven = { email_verified: true, phone_verified: false };
const numberProven = { email_verified: false, phone_verified: true };
const phoneUser = {
  _id: id,
  phoneNumber: NUMBER,
  name: NAME,
  isVerified: true,
  createdAt: at,
  updatedAt: at,
};
const user = {
  id,
  email: WHATSAPP_EMAIL,
  full_name: NAME,
  role: 'farmer',
  phone: PHONE,
  is_verified: true,
  is_active: true,
  created_at: at,
  ...numberProven,
};
const resident = { ...user, address: '12 Harbour Road, Port Town' };
const sent = { phone: PHONE, expires_in: 300 };
const done = (message: string, more = {}) => ({ success: true, message, ...more });
const refused = (message: string, code: string, more = {}) => ({ success: false, message, code, ...more });

/** What the contracts document for each request. */
const ANSWERS: Record<string, [status: number, body: unknown]> = {
  'Cookie / Authentication / Signup': [
    201,
    done('Registration successful! Please check your email for OTP verification.', {
      data: { userId: id, email: EMAIL, username: USERNAME },
      registration: id,
    }),
  ],
  'Cookie / Authentication / Verify OTP': [
    201,
    done('User signed in successfully', {
      user: { _id: id, email: EMAIL, username: USERNAME, isVerified: true, ...addressProven },
    }),
  ],
  'Cookie / Authentication / Resend OTP': [
    200,
    done('OTP resent successfully! Please check your email.', { registration: id }),
  ],
  'Cookie / Authentication / Login': [201, done('User logged in successfully', addressProven)],
  'Cookie / Authentication / Logout': [200, done('User logged out successfully')],
  'Cookie / Authentication / Google OAuth (Browser Only)': [302, null],
  'Cookie / User / Check Auth Status': [200, { status: true, user: USERNAME }],
  'Cookie / User / Protected Route': [
    200,
    done('Access granted to protected route', {
      user: { id, username: USERNAME, email: EMAIL, ...addressProven },
    }),
  ],
  'Cookie / Error Cases / Invalid Login': [
    401,
    { message: 'Incorrect password or email', code: 'credentials_wrong' },
  ],
  'Cookie / Error Cases / Invalid OTP': [
    400,
    { success: false, error: 'Invalid OTP. Please try again.', code: 'code_invalid' },
  ],
  'Cookie / Error Cases / Access Without Token': [
    401,
    refused('Authentication required. Please login.', 'token_missing'),
  ],
  'Cookie / Error Cases / Duplicate Signup': [409, { message: 'User already exists', code: 'user_exists' }],
  'Cookie / Error Cases / OAuth User Password Login': [
    400,
    refused('This account uses Google Sign-In. Please use Google to login.', 'uses_google'),
  ],
  'Phone / Register': [200, { message: 'OTP sent successfully for registration', registration: id }],
  'Phone / Verify Registration': [201, { message: 'User registered successfully' }],
  'Phone / Login': [200, { message: 'OTP sent successfully for login', challenge: id }],
  'Phone / Verify Login': [
    200,
    { message: 'Login successful', user: { ...phoneUser, __v: 0, ...numberProven }, token: jwt },
  ],
  'Phone / Get All Users': [200, { users: [phoneUser] }],
  'Phone / Error Cases / Number Taken': [409, { message: 'User already registered', code: 'phone_taken' }],
  'Phone / Error Cases / Unknown Number': [404, { message: 'User not found', code: 'account_unknown' }],
  'Phone / Error Cases / Used OTP': [400, { message: 'Invalid or expired OTP', code: 'code_invalid' }],
  'WhatsApp / Register': [
    200,
    done('OTP sent to your WhatsApp number. Please verify to complete registration.', {
      data: sent,
      registration: id,
    }),
  ],
  'WhatsApp / Resend OTP': [
    200,
    done('OTP resent to your WhatsApp number.', { data: sent, registration: id }),
  ],
  'WhatsApp / Verify': [
    200,
    done('Registration completed successfully', { data: { user: resident, token: jwt } }),
  ],
  'WhatsApp / Request Login': [
    200,
    done('OTP sent to your WhatsApp number for login verification.', { data: sent, challenge: id }),
  ],
  'WhatsApp / Verify Login': [200, done('Login successful', { data: { user: resident, token: jwt } })],
  'WhatsApp / Login With Password': [200, done('Login successful', { data: { user, token: jwt } })],
  'WhatsApp / Current User': [200, { success: true, data: { user: resident } }],
  'WhatsApp / Clean Up': [200, done('Expired OTPs cleaned up', { data: { deleted: expect.any(Number) } })],
  'WhatsApp / Error Cases / Invalid Fields': [
    400,
    refused('Validation failed', 'fields_invalid', {
      errors: ['email', 'password', 'role'].map((field) => ({ field, message: expect.any(String) })),
    }),
  ],
  'WhatsApp / Error Cases / Unknown Number': [
    404,
    refused('No active user found with this phone number', 'account_unknown'),
  ],
  'WhatsApp / Error Cases / Used OTP': [400, refused('Invalid or expired OTP', 'code_invalid')],
  'WhatsApp / Error Cases / Wrong Password': [401, refused('Invalid email or password', 'credentials_wrong')],
  'WhatsApp / Error Cases / Access Without Token': [
    401,
    refused('Invalid or expired token', 'token_invalid'),
  ],
  'Two-Factor / Registration / Start': [
    200,
    done('OTP sent to your email', { data: { userId: id, email: TWO_FACTOR_EMAIL }, registration: id }),
  ],
  'Two-Factor / Registration / Resend OTP': [200, done('OTP resent successfully', { registration: id })],
  'Two-Factor / Registration / Verify OTP': [200, done('Email verified successfully')],
  'Two-Factor / Registration / Complete': [200, done('Account created successfully')],
  'Two-Factor / Login / Password': [
    200,
    done('OTP sent to your email', { data: { twoFaRequired: true, userId: id }, challenge: id }),
  ],
  'Two-Factor / Login / Resend OTP': [200, done('OTP resent successfully', { challenge: id })],
  'Two-Factor / Login / Verify OTP': [
    200,
    done('Login successful', { data: { accessToken: jwt, ...addressProven } }),
  ],
  'Two-Factor / Login / Current User': [
    200,
    { success: true, user: { userId: id, email: TWO_FACTOR_EMAIL, ...addressProven } },
  ],
  'Two-Factor / Error Cases / Address Taken': [409, refused('Email already registered', 'email_taken')],
  'Two-Factor / Error Cases / Complete Twice': [
    400,
    refused('Account already completed', 'registration_completed'),
  ],
  'Two-Factor / Error Cases / Used OTP': [400, refused('Invalid OTP', 'code_invalid')],
  'Two-Factor / Error Cases / Wrong Password': [
    401,
    refused('Invalid email or password', 'credentials_wrong'),
  ],
  'Two-Factor / Error Cases / Token of Another Contract': [
    401,
    refused('Invalid or expired token', 'token_invalid'),
  ],
};

let provider: TestProvider;
let product: Product;
let runner: ReturnType<typeof createRunner>;

beforeAll(async () => {
  const googler = { email: initially('googleEmail'), email_verified: true, name: 'Some Body' };
  provider = await startProvider({
    redirectUri: `${PUBLIC_URL}/auth/google/callback`,
    people: { googler },
  });
  product = await startProduct('sqlite', {
    PUBLIC_URL,
    GOOGLE_ISSUER: provider.issuer,
    GOOGLE_CLIENT_ID: CLIENT.clientId,
    GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
  });
  runner = createRunner(collection, { baseUrl: product.url });
  await signInWithGoogle();
}, 60_000);
afterAll(async () => {
  await product?.close();
  await provider?.close();
});

/** What the collection asks for beforehand: somebody who came through Google. */
async function signInWithGoogle(): Promise<void> {
  const begun = await product.get('/auth/google');
  const { search } = new URL(await signIn(begun.headers.get('location') ?? '', 'googler'));
  const back = await product.get(`/auth/google/callback${search}`, {
    cookie: cookieOf(begun, 'oauth_state'),
  });
  expect(cookieOf(back)).not.toBe('');
}

it('the collection is one of format 2.1.0, and every request in it has a documented answer', () => {
  expect(collection.info.schema).toBe('https://schema.getpostman.com/json/collection/v2.1.0/collection.json');
  expect(steps.map(({ path }) => path)).toEqual(Object.keys(ANSWERS));
});

it.each(steps)('the request $path is answered as documented', async (step) => {
  // A new code follows the first one after a minute.
  if (step.path === 'WhatsApp / Resend OTP') product.pass(MINUTE_MS);
  const { status, body, tests, headers } = await runner.run(step);
  const [wantedStatus, wantedBody] = ANSWERS[step.path] ?? [];
  expect([status, body]).toEqual([wantedStatus, wantedBody]);
  expect(headers.get('location') ?? '').toContain(status === 302 ? provider.issuer : '');
  expect(tests).not.toEqual({});
  for (const outcome of Object.values(tests)) expect(outcome).toBe('passed');

  const contact = CODES[step.path];
  if (contact === undefined) return;
  runner.variables.set('otp', await product.codeFor(contact));
});
