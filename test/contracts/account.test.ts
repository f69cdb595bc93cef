import { describe, expect, it } from 'vitest';
import { workOf } from '../support/work.js';
import { loginByPhone } from './flows.js';
import {
  type Answer,
  CLIENT_URL,
  cookieOf,
  MINUTE_MS,
  newEmail,
  newPhone,
  onBothDatabases,
  otherThan,
  type Product,
  SAYS_HOW_LONG,
  textAt,
  waitOf,
} from './harness.js';
import {
  asOperator,
  cookieUser,
  PASSWORD,
  phoneUser,
  twoFactorToken,
  twoFactorUser,
  whatsappUser,
} from './people.js';

const NEW = 'four wet boots';
const OK = { success: true, message: expect.any(String) };
const refusal = (code: string) => ({ success: false, message: expect.any(String), code });
const DOORS = [
  '/account/password',
  '/account/password/code',
  '/account/sign-out-everywhere',
  '/account/forgot',
  '/account/reset',
];
const SIGNED_IN = DOORS.slice(0, 3);

onBothDatabases({}, (product) => {
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    product().post(path, body, { headers });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const seen = ({ status, body }: Answer) => [status, body];

  /** One person with a token of each contract that one account can have, and what they get for each. */
  async function signedInEverywhere() {
    const { id, phone, email, token: whatsapp } = await whatsappUser(product());
    const { give, code } = await loginByPhone(product(), { phone, email });
    const phoneToken = textAt(await give(code), 'token');
    const cookie = cookieOf(await post('/login', { email, password: PASSWORD }));
    const statuses = async () => {
      const signOut = await post('/account/sign-out-everywhere', undefined, bearer(phoneToken));
      const me = await product().get('/api/users/me', bearer(whatsapp));
      const secret = await product().get('/protected', { cookie });
      return [signOut.status, me.status, secret.status];
    };
    return { id, phone, email, whatsapp, phoneToken, cookie, statuses };
  }

  describe('every token of every contract ends', () => {
    it('with a change by the current password, through any of them', async () => {
      const person = await signedInEverywhere();
      const body = { currentPassword: PASSWORD, newPassword: NEW };
      const answer = await post('/account/password', body, bearer(person.whatsapp));
      expect(seen(answer)).toEqual([200, OK]);
      expect(await person.statuses()).toEqual([401, 401, 401]);
      expect((await post('/login', { email: person.email, password: PASSWORD })).status).toBe(401);
      expect((await post('/login', { email: person.email, password: NEW })).status).toBe(201);
    });

    it('with a change by a code, through the cookie, which goes', async () => {
      const person = await signedInEverywhere();
      const headers = { cookie: person.cookie, origin: CLIENT_URL };
      expect(seen(await post('/account/password/code', {}, headers))).toEqual([200, OK]);
      const code = await product().codeFor(person.phone);
      const wrong = await post('/account/password', { code: otherThan(code), newPassword: NEW }, headers);
      expect(seen(wrong)).toEqual([400, refusal('code_invalid')]);
      const answer = await post('/account/password', { code, newPassword: NEW }, headers);
      expect(seen(answer)).toEqual([200, OK]);
      expect(answer.headers.getSetCookie()).toContainEqual(expect.stringMatching(/^token=; .*1970/));
      expect(await person.statuses()).toEqual([401, 401, 401]);
      expect((await post('/login', { email: person.email, password: NEW })).status).toBe(201);
    });

    it('by signing out everywhere; the password stays', async () => {
      const person = await signedInEverywhere();
      const answer = await post('/account/sign-out-everywhere', undefined, bearer(person.phoneToken));
      expect(seen(answer)).toEqual([200, OK]);
      expect(await person.statuses()).toEqual([401, 401, 401]);
      expect((await post('/login', { email: person.email, password: PASSWORD })).status).toBe(201);
    });

    it('with a forgotten password, which signs nobody in', async () => {
      const person = await signedInEverywhere();
      expect(seen(await post('/account/forgot', { phone: person.phone }))).toEqual([200, OK]);
      const code = await product().codeFor(person.phone);
      const answer = await post('/account/reset', { phone: person.phone, code, newPassword: NEW });
      expect(seen(answer)).toEqual([200, OK]);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(await person.statuses()).toEqual([401, 401, 401]);
      expect((await post('/login', { email: person.email, password: NEW })).status).toBe(201);
    });

    it('those of the two-factor contract, too, and its second step stays', async () => {
      const person = await twoFactorUser(product());
      const token = await twoFactorToken(product(), person);
      await post('/account/forgot', { email: person.email });
      const code = await product().codeFor(person.email);
      await post('/account/reset', { email: person.email, code, newPassword: NEW });
      expect((await product().get('/api/auth/me', bearer(token))).status).toBe(401);
      expect((await post('/login', { email: person.email, password: NEW })).status).toBe(403);
      const answer = await post('/api/auth/login', { email: person.email, password: NEW });
      expect(answer.body).toMatchObject({ data: { twoFaRequired: true } });
    });
  });

  it('without a token, or with one that has ended, nobody comes in', async () => {
    const { id, token } = await phoneUser(product());
    await asOperator(product(), (users) => users.deactivate(id));
    const body = { currentPassword: PASSWORD, newPassword: NEW };
    for (const path of SIGNED_IN) {
      for (const headers of [{}, bearer(token), bearer('x'), { cookie: 'token=x' }]) {
        expect(seen(await post(path, body, headers))).toEqual([401, refusal('token_invalid')]);
      }
    }
  });

  it("another site's page cannot use the cookie", async () => {
    const { cookie } = await cookieUser(product());
    for (const path of SIGNED_IN) {
      const headers = { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
      expect(seen(await post(path, {}, headers))).toEqual([403, refusal('csrf_token_invalid')]);
    }
    expect((await product().get('/protected', { cookie })).status).toBe(200);
  });

  it('a wrong current password is 401, and after ten of them 429', async () => {
    const { cookie } = await cookieUser(product());
    const guess = () =>
      post('/account/password', { currentPassword: 'a guess', newPassword: NEW }, { cookie });
    for (let n = 0; n < 10; n++) expect(seen(await guess())).toEqual([401, refusal('credentials_wrong')]);
    const refused = await guess();
    expect(seen(refused)).toEqual([
      429,
      { ...refusal('rate_limited'), message: SAYS_HOW_LONG, ...waitOf(refused) },
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('a new password that is unfit is 400, whatever proves who it is for', async () => {
    const { email, cookie } = await cookieUser(product());
    for (const newPassword of ['12345', '123456', email, 'x'.repeat(1_025)]) {
      const changed = await post('/account/password', { currentPassword: PASSWORD, newPassword }, { cookie });
      expect(seen(changed)).toEqual([400, refusal('password_unfit')]);
      const reset = await post('/account/reset', { email, code: '123456', newPassword });
      expect(seen(reset)).toEqual([400, refusal('password_unfit')]);
    }
  });

  it('what is missing or of another type is 400', async () => {
    const { cookie } = await cookieUser(product());
    const [email, phone] = [newEmail(), newPhone()];
    const both = { currentPassword: PASSWORD, code: '123456', newPassword: NEW };
    const bodies: [path: string, body: unknown][] = [
      ['/account/password', { newPassword: NEW }],
      ['/account/password', { currentPassword: PASSWORD }],
      ['/account/password', { currentPassword: 7, newPassword: NEW }],
      ['/account/password', { currentPassword: PASSWORD, newPassword: ['x'] }],
      ['/account/password', { code: '12345', newPassword: NEW }],
      ['/account/password', both],
      ['/account/password', []],
      ['/account/forgot', {}],
      ['/account/forgot', { email: 'nobody' }],
      ['/account/forgot', { phone: 7 }],
      ['/account/forgot', { email, phone }],
      ['/account/reset', { email, newPassword: NEW }],
      ['/account/reset', { code: '123456', newPassword: NEW }],
      ['/account/reset', { email, code: '123456' }],
      ['/account/reset', null],
    ];
    for (const [path, body] of bodies) {
      const answer = await post(path, body, { cookie });
      const { hint, ...words } = answer.body;
      expect(typeof (hint ?? '')).toBe('string');
      expect([path, body, answer.status, words]).toEqual([path, body, 400, refusal('fields_invalid')]);
    }
    const dear = await post('/account/forgot', { phone: '+449098790123' });
    expect(seen(dear)).toEqual([400, refusal('phone_not_served')]);
    const malformed = await post('/account/forgot', '{');
    expect(seen(malformed)).toEqual([400, refusal('malformed_json')]);
  });

  it('every door has one method, and there are no others', async () => {
    for (const path of DOORS) {
      const answer = await product().get(path);
      expect(seen(answer)).toEqual([405, refusal('method_not_allowed')]);
      expect(answer.headers.get('allow')).toBe('POST');
      const asked = await product().request('OPTIONS', path, {
        headers: { origin: CLIENT_URL, 'access-control-request-method': 'POST' },
      });
      expect(asked.headers.get('access-control-allow-origin')).toBe(CLIENT_URL);
    }
    for (const path of ['/account', '/account/', '/account/passwords', '/account/password/codes']) {
      expect(seen(await post(path, {}))).toEqual([404, refusal('not_found')]);
    }
  });

  it.each(['email', 'phone'] as const)('whose %s has an account, nobody learns', async (kind) => {
    const contactOf = async () =>
      kind === 'email' ? (await cookieUser(product())).email : (await whatsappUser(product())).phone;
    const [known, unknown] = [await contactOf(), kind === 'email' ? newEmail() : newPhone()];
    await forgetsClients(product());
    const steps: [path: string, body: object][] = [
      ['/account/forgot', {}],
      ['/account/reset', { code: '000000', newPassword: NEW }],
      ['/account/reset', { code: '000000', newPassword: '123456' }],
    ];
    for (const [path, body] of steps) {
      const [ofKnown, ofUnknown] = [
        await answerAndWork(path, { ...body, [kind]: known }),
        await answerAndWork(path, { ...body, [kind]: unknown }),
      ];
      expect([path, ofUnknown]).toEqual([path, ofKnown]);
      expect([200, 400]).toContain(ofKnown.status);
    }
    await product().delivered();
    expect(product().messagesOf(unknown)).toEqual([]);
    expect(product().messagesOf(known)).toHaveLength(2);
  });

  async function answerAndWork(path: string, body: object) {
    await product().delivered();
    const answers: Answer[] = [];
    const work = await workOf(async () => void answers.push(await post(path, body)));
    const [answer] = answers;
    // The row of the message itself is all that may be missing. Blocked prefixes are read once a second, for all.
    const steps = work.filter(
      (step) => !step.startsWith('insert into "jobs"') && !step.includes('from "blocked_prefixes"'),
    );
    return { status: answer?.status, body: answer?.body, steps };
  }
});

/** Whoever asks from now on is a stranger to everybody. */
async function forgetsClients(product: Product): Promise<void> {
  product.pass(31 * 24 * 60 * MINUTE_MS);
  await product.delivered();
}
