import { expect, it } from 'vitest';
import { cookieOf, newEmail, newPhone, onBothDatabases, textAt } from './harness.js';
import { inDatabase, PASSWORD, signUps } from './people.js';

const HIS = 'his-password-1';
const INVALID = { success: false, error: 'Invalid OTP. Please try again.', code: 'code_invalid' };

/** She and a stranger sit behind one address, and he signs up with hers after her. */
onBothDatabases({ NODE_ENV: 'production' }, (product) => {
  const post = (path: string, body: object, cookie = '') =>
    product().post(path, body, { headers: { cookie } });
  const login = async (email: string, password: string) => (await post('/login', { email, password })).status;

  async function bothSignUp() {
    const email = newEmail();
    const hers = await post('/signup', signUps.cookie(email));
    const own = await product().codeFor(email);
    const body = { ...signUps.cookie(email), password: HIS, username: 'mallory' };
    const his = await post('/signup', body, `otp_client=${'m'.repeat(22)}`);
    return { email, hers, own, his, code: await product().codeFor(email) };
  }

  it('the cookie of her answer tells her from him: her code makes her account, his is a wrong one', async () => {
    const { email, hers, own, code } = await bothSignUp();
    const line = hers.headers.getSetCookie().find((each) => each.startsWith('otp_client='));
    expect(line).toMatch(
      /^otp_client=[\w-]{22}; Max-Age=3600; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    const jar = cookieOf(hers, 'otp_client');
    const mixedUp = await post('/verify-otp', { email, otp: code }, jar);
    expect([mixedUp.status, mixedUp.body]).toEqual([400, INVALID]);
    const answer = await post('/verify-otp', { email, otp: own }, jar);
    expect([answer.status, textAt(answer, 'user', 'username')]).toEqual([201, 'johndoe']);
    expect([await login(email, PASSWORD), await login(email, HIS)]).toEqual([201, 401]);
  });

  it('so does the id in her answer, from wherever it comes back', async () => {
    const { email, hers, own, his, code } = await bothSignUp();
    const { registration } = hers.body;
    const headers = { 'x-api-key': product().env.API_KEY ?? '', 'x-client-address': '203.0.113.99' };
    const give = (otp: string, named: unknown) =>
      product().post('/verify-otp', { email, otp, registration: named }, { headers });
    expect((await give(code, registration)).body).toEqual(INVALID);
    expect((await give(own, his.body.registration)).body).toEqual(INVALID);
    for (const unknown of [undefined, null, '', 7, ['x'], 'x\0', '0d9f5ad5-8ddd-4ae6-b0a4-5b2f1d3f7c11']) {
      expect((await give(own, unknown)).body).toEqual(INVALID);
    }
    expect((await give(own, registration)).status).toBe(201);
    expect([await login(email, PASSWORD), await login(email, HIS)]).toEqual([201, 401]);
  });

  it('a request for another code keeps the id, and the cookie of a browser alive', async () => {
    const phone = newPhone();
    const started = await post('/api/auth-otp/register', signUps.whatsapp(phone));
    await product().codeFor(phone);
    product().pass(61_000);
    const resent = await post('/api/auth-otp/resend', { phone }, cookieOf(started, 'otp_client'));
    expect(resent.body.registration).toBe(started.body.registration);
    expect(cookieOf(resent, 'otp_client')).toBe(cookieOf(started, 'otp_client'));
    const otp = await product().codeFor(phone);
    const { registration } = resent.body;
    expect((await post('/api/auth-otp/verify', { phone, otp, registration })).status).toBe(200);
    const first = await post('/api/auth-otp/request-login', { phone });
    product().pass(61_000);
    const again = { phone, challenge: first.body.challenge };
    expect((await post('/api/auth-otp/request-login', again)).body.challenge).toBe(first.body.challenge);
  });

  it('neither a cookie nor a part of it is kept', async () => {
    const email = newEmail();
    const jar = cookieOf(await post('/signup', signUps.cookie(email)), 'otp_client');
    const rows = await inDatabase(product(), async (store) => [
      await store.selectFrom('registrations').selectAll().execute(),
      await store.selectFrom('challenges').selectAll().execute(),
      await store.selectFrom('client_sends').selectAll().execute(),
    ]);
    expect(JSON.stringify(rows)).not.toContain(jar.slice('otp_client='.length));
  });
});
