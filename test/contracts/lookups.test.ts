import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn } from '../support/admin-client.js';
import { DATABASES } from '../support/databases.js';
import { GETS, POSTS, SHAPES } from './doors.js';
import {
  expectRetryAfter,
  MINUTE_MS,
  newEmail,
  newPhone,
  onBothDatabases,
  type Product,
  startProduct,
} from './harness.js';
import { twoFactorUser } from './people.js';

const production = { NODE_ENV: 'production' };

onBothDatabases(production, (product) => {
  const post = (path: string, body: unknown) => product().post(path, body);

  describe('unknown look-ups from one address, in production', () => {
    const known = newPhone();
    /** An app's back end, which asks for somebody at another address. */
    const elsewhere = () => ({
      headers: { 'x-api-key': product().env.API_KEY ?? '', 'x-client-address': '203.0.113.50' },
    });

    it('ten are answered as documented, whichever contract they go to', async () => {
      await product().post('/api/users/register', { phoneNumber: known, name: 'Asha' }, elsewhere());
      const otp = await product().codeFor(known);
      await product().post('/api/otp/verify', { phoneNumber: known, otp, mode: 'register' }, elsewhere());
      for (let round = 0; round < 2; round++) {
        for (const [path, body] of [
          ['/api/users/login', { phoneNumber: newPhone() }],
          ['/api/auth-otp/request-login', { phone: newPhone() }],
          ['/api/auth-otp/resend', { phone: newPhone() }],
          ['/api/auth/register/resend-otp', { email: newEmail() }],
          ['/resend-otp', { email: newEmail() }],
        ] as const) {
          expect([path, (await post(path, body)).status]).toEqual([path, 404]);
        }
      }
    });

    it('then known and unknown alike are refused, with the time to wait', async () => {
      for (const phone of [newPhone(), known]) {
        for (const [contract, path, body] of [
          ['phone', '/api/users/login', { phoneNumber: phone }],
          ['phone', '/api/users/register', { phoneNumber: phone, name: 'Asha' }],
          ['whatsapp', '/api/auth-otp/request-login', { phone }],
          ['two-factor', '/api/auth/register/resend-otp', { email: newEmail() }],
          ['cookie', '/resend-otp', { email: newEmail() }],
        ] as const) {
          const answer = await post(path, body);
          expect([path, answer.status]).toEqual([path, 429]);
          SHAPES[contract](answer);
          expectRetryAfter(answer, 1, 600);
        }
      }
      // Whatever was queued before has gone out when a later one has.
      const last = newPhone();
      const headers = { 'x-api-key': product().env.API_KEY ?? '' };
      expect((await product().post('/api/v1/otp/send', { phoneNumber: last }, { headers })).status).toBe(202);
      await product().whatsapp.waitForMessage(({ to }) => to === last, 60_000);
      expect(product().messagesOf(known)).toHaveLength(1);
    });

    it('but not whoever has signed in from the same address lately', async () => {
      const answer = await product().post('/api/users/login', { phoneNumber: known }, elsewhere());
      expect(answer.status).toBe(200);
      for (let n = 0; n < 10; n++) {
        await product().post('/api/users/login', { phoneNumber: newPhone() }, elsewhere());
      }
      const login = (phoneNumber: string) => product().post('/api/users/login', { phoneNumber }, elsewhere());
      expect((await login(newPhone())).status).toBe(429);
      expect((await login(known)).status).toBe(200);
    });

    it('after ten minutes it is as before', async () => {
      product().pass(10 * MINUTE_MS);
      expect((await post('/api/users/login', { phoneNumber: known })).status).toBe(200);
      expect((await post('/api/users/login', { phoneNumber: newPhone() })).status).toBe(404);
    });

    it('of many at the same moment no more are answered', async () => {
      product().pass(10 * MINUTE_MS);
      const asked = Array.from({ length: 40 }, () => post('/api/users/login', { phoneNumber: newPhone() }));
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 404)).toHaveLength(10);
      expect(statuses.filter((status) => status === 429)).toHaveLength(30);
    });

    it('a header that names another address changes nothing', async () => {
      product().pass(10 * MINUTE_MS);
      const statuses: number[] = [];
      for (let n = 0; n < 20; n++) {
        const headers = { 'x-forwarded-for': `203.0.113.${n}`, 'x-real-ip': `203.0.113.${n}` };
        const body = { phoneNumber: newPhone() };
        statuses.push((await product().post('/api/users/login', body, { headers })).status);
      }
      expect(statuses).toEqual([...Array(10).fill(404), ...Array(10).fill(429)]);
    });

    it('which numbers belong to accounts with two factors is told ten times, too', async () => {
      product().pass(10 * MINUTE_MS);
      const { phone } = await twoFactorUser(product(), newEmail(), newPhone());
      for (const [contract, path, body] of [
        ['phone', '/api/otp/verify', { phoneNumber: phone, otp: '12345', mode: 'login' }],
        ['whatsapp', '/api/auth-otp/verify-login', { phone, otp: '123456' }],
      ] as const) {
        product().pass(10 * MINUTE_MS);
        for (let n = 0; n < 10; n++) expect((await post(path, body)).status).toBe(403);
        const answer = await post(path, body);
        expect(answer.status).toBe(429);
        SHAPES[contract](answer);
      }
      product().pass(10 * MINUTE_MS);
    });
  });

  describe.each([
    ['/api/users/get-all-users', 'phone'],
    ['/api/auth-otp/cleanup', 'whatsapp'],
  ] as const)('GET %s, in production', (path, contract) => {
    it('is closed', async () => {
      for (const headers of [{}, { 'x-api-key': 'wrong' }, { cookie: 'otp_admin=s%3Aabc.def' }]) {
        const answer = await product().get(path, headers as Record<string, string>);
        expect(answer.status).toBe(401);
        SHAPES[contract](answer);
      }
    });

    it('is open to the API key', async () => {
      const answer = await product().get(path, { 'x-api-key': product().env.API_KEY ?? '' });
      expect(answer.status).toBe(200);
    });

    it('is open to an admin session, and to no other, which it leaves as it is', async () => {
      const { ADMIN_USERNAME = '', ADMIN_PASSWORD = '' } = product().env;
      const admin = await logIn(product().url, ADMIN_USERNAME, ADMIN_PASSWORD);
      const answer = await product().get(path, { cookie: `a=b; ${admin.cookie}; c=d` });
      expect(answer.status).toBe(200);
      expect(answer.headers.getSetCookie()).toEqual([]);
      const [head = ''] = admin.cookie.split('.');
      expect((await product().get(path, { cookie: `${head}.${'A'.repeat(43)}` })).status).toBe(401);
      const visitor = await fetch(`${product().url}/admin/login`);
      const cookie = visitor.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      expect((await product().get(path, { cookie })).status).toBe(401);
      product().pass(8 * 60 * MINUTE_MS);
      expect((await product().get(path, { cookie: admin.cookie })).status).toBe(401);
    });
  });

  it('cookies go over HTTPS only', async () => {
    const email = newEmail();
    await post('/signup', { email, password: 'Test123!', username: 'johndoe' });
    const answer = await post('/verify-otp', { email, otp: await product().codeFor(email) });
    expect(answer.headers.getSetCookie()[0]).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
  });
});

describe.each(DATABASES)('a limit for all requests, on %s', (kind) => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct(kind, { RATE_LIMIT_PER_MINUTE: '1' });
  }, 60_000);
  afterAll(() => product?.close());

  it('is told in the shape of each contract', async () => {
    expect((await product.post('/api/users/login')).status).toBe(400);
    const doors = [
      ...POSTS.map((door) => ({ ...door, method: 'POST' })),
      ...GETS.map((door) => ({ ...door, method: 'GET' })),
    ];
    for (const { method, contract, path } of doors) {
      const answer = await product.request(method, path);
      expect([path, answer.status]).toEqual([path, 429]);
      SHAPES[contract](answer);
      expectRetryAfter(answer, 1, 60);
    }
  });
});
