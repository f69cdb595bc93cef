import { expect, it } from 'vitest';
import { type Answer, newEmail, newPhone, onBothDatabases, type Product, textAt } from './harness.js';
import { cookieUser, PASSWORD, twoFactorToken, twoFactorUser, whatsappUser } from './people.js';

const PASSWORD_USED = 'Your password was just used to sign in.';
const LABEL = { email_verified: false, phone_verified: true };
const ADDRESS = { email_verified: true, phone_verified: false };

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Every answer about somebody with a token of each contract, and where in it the fields stand. */
async function answersAbout(product: Product, email: string, phone?: string): Promise<unknown[]> {
  const { cookie } = await cookieUser(product, email, phone);
  const login = await product.post('/login', { email, password: PASSWORD });
  const secret = await product.get('/protected', { cookie });
  const byPassword = await product.post('/api/auth/login', { email, password: PASSWORD });
  const token = textAt(byPassword, 'data', 'token');
  const me = await product.get('/api/users/me', bearer(token));
  return [login.body, secret.body.user, userIn(byPassword), userIn(me)];
}

function userIn({ body }: Answer): unknown {
  return (body.data as { user?: unknown } | undefined)?.user;
}

onBothDatabases({}, (product) => {
  it.each([
    ['an address that came with a phone is a label, and is called one', newPhone, LABEL],
    ['an address that got the code is proven', () => undefined, ADDRESS],
  ])('%s, in every answer with a user or a token', async (_, phone, said) => {
    const email = newEmail();
    for (const answer of await answersAbout(product(), email, phone())) expect(answer).toMatchObject(said);
  });

  it('the address of the two-factor contract, too', async () => {
    for (const [phone, said] of [
      [newPhone(), LABEL],
      [undefined, ADDRESS],
    ] as const) {
      const email = newEmail();
      const user = await twoFactorUser(product(), email, phone);
      await product().post('/api/auth/login', { email, password: PASSWORD });
      const otp = await product().codeFor(phone ?? email);
      const signedIn = await product().post('/api/auth/login/verify-otp', { userId: user.id, otp });
      expect(signedIn.body.data).toMatchObject(said);
      const me = await product().get('/api/auth/me', bearer(textAt(signedIn, 'data', 'accessToken')));
      expect(me.body.user).toEqual({ userId: user.id, email, ...said });
    }
  });

  it('a claim of somebody else’s address, 3 of 3: false', async () => {
    const ceo = newEmail();
    const claimed = [];
    const { token } = await whatsappUser(product(), ceo);
    claimed.push(userIn(await product().get('/api/users/me', bearer(token))));
    const two = await twoFactorUser(product(), newEmail(), newPhone());
    const accessToken = await twoFactorToken(product(), two);
    claimed.push((await product().get('/api/auth/me', bearer(accessToken))).body.user);
    const { cookie } = await cookieUser(product(), ceo, newPhone());
    claimed.push((await product().get('/protected', { cookie })).body.user);
    expect(claimed).toMatchObject([LABEL, LABEL, LABEL]);
  });

  it('a code that follows the right password says so, on both ways; others do not', async () => {
    for (const phone of [newPhone(), undefined]) {
      const email = newEmail();
      const user = await twoFactorUser(product(), email, phone);
      const [signUp] = product().messagesOf(phone ?? email);
      expect(signUp).not.toContain(PASSWORD_USED);
      await twoFactorToken(product(), user);
      expect(
        product()
          .messagesOf(phone ?? email)
          .at(-1),
      ).toContain(PASSWORD_USED);
    }
  });

  it('who signs up by mail gets a notice, without anything that looks like a code in its words', async () => {
    const { email } = await cookieUser(product());
    await product().delivered();
    const [notice = '', ...others] = product().noticesOf(email);
    expect(others).toEqual([]);
    expect(notice).toContain('Subject: Your new account');
    const [, ...parts] = notice.split('\r\n\r\n');
    expect(parts.join('\n')).toContain('An account was made with');
    expect(parts.join('\n')).not.toMatch(/\d{4,8}/);
  });
});
