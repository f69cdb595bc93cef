import { expect, it } from 'vitest';
import { cookieOf, newEmail, onBothDatabases } from './harness.js';

const NAME = '__Host-token';

onBothDatabases({ TOKEN_COOKIE: NAME }, (product) => {
  it('the token can travel in a cookie that only this host can set, over HTTPS only', async () => {
    const person = { email: newEmail(), password: 'Test123!', username: 'testuser' };
    await product().post('/signup', person);
    const otp = await product().codeFor(person.email);
    const verified = await product().post('/verify-otp', { email: person.email, otp });
    const [line = ''] = verified.headers.getSetCookie();
    expect(line).toMatch(
      /^__Host-token=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=86400; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
    );
    const cookie = cookieOf(verified, NAME);
    expect((await product().get('/protected', { cookie })).status).toBe(200);

    // One that any host of the domain can set is not read.
    const tossed = cookie.replace(NAME, 'token');
    expect((await product().get('/protected', { cookie: tossed })).status).toBe(401);
    expect((await product().get('/protected', { cookie: `${tossed}; ${cookie}` })).status).toBe(200);

    const left = await product().post('/logout', undefined, { headers: { cookie } });
    expect(left.headers.getSetCookie()[0]).toMatch(
      /^__Host-token=; Path=\/; Expires=Thu, 01 Jan 1970.+Secure/,
    );
    expect((await product().get('/protected', { cookie })).status).toBe(401);
  });
});
