import { describe, expect, it } from 'vitest';
import { MINUTE_MS, newEmail, newPhone, onBothDatabases, textAt } from './harness.js';
import { inDatabase, PASSWORD, signUps, twoFactorUser, whatsappUser } from './people.js';
import { BLANKS, pasted } from './spellings.js';

const PROFILES = ['documented', 'strict'] as const;
/** A domain in another script, and as mail servers know it. */
const DOMAINS = ['ПРИМЕР.рф', 'xn--e1afmkfd.xn--p1ai'] as const;

describe.each(PROFILES)('%s', (profile) => {
  onBothDatabases({ SECURITY_PROFILE: profile }, (product) => {
    const post = (path: string, body: unknown) => product().post(path, body);
    const logIn = async (email: string, password: string) =>
      (await post('/login', { email, password })).status;

    describe('an address', () => {
      it('with a domain in another script is one address in every spelling', async () => {
        const [name] = newEmail().split('@');
        const [typed, email] = DOMAINS.map((domain) => `${name}@${domain}`) as [string, string];
        const answer = await post('/signup', signUps.cookie(typed));
        expect([answer.status, answer.body.data]).toEqual([201, expect.objectContaining({ email })]);
        await product().codeFor(email);
        product().pass(MINUTE_MS);
        expect((await post('/resend-otp', { email: pasted(typed) })).status).toBe(200);
        const otp = await product().codeFor(email);
        const verified = await post('/verify-otp', { email: typed.toLowerCase(), otp });
        expect([verified.status, verified.body.user]).toEqual([201, expect.objectContaining({ email })]);
        for (const spelling of [typed, email, pasted(typed), ` ${typed}`]) {
          expect([spelling, await logIn(spelling, PASSWORD)]).toEqual([spelling, 201]);
        }
        const again = await post('/api/auth/register/start', signUps['two-factor'](typed));
        expect(again.status).toBe(profile === 'strict' ? 200 : 409);
      });

      it.each(['o&m', "o'neil", '{x}/!#$%|`^~*?=', 'a+b.c'])('may begin with %s', async (start) => {
        const email = `${start}.${newEmail()}`;
        const { id } = await twoFactorUser(product(), email);
        const { body } = await post('/api/auth/login', { email, password: PASSWORD });
        expect(body.data).toEqual({ twoFaRequired: true, userId: id });
      });

      it('may be a label in another script', async () => {
        const [name] = newEmail().split('@');
        await whatsappUser(product(), pasted(`${name}@${DOMAINS[0]}`));
        const answer = await post('/api/auth/login', { email: `${name}@${DOMAINS[0]}`, password: PASSWORD });
        expect(answer.status).toBe(200);
        expect(answer.body.data).toMatchObject({
          // Strict: nobody has proven it.
          user: { email: profile === 'strict' ? null : `${name}@${DOMAINS[1]}` },
        });
      });

      it.each([`почта@${DOMAINS[0]}`, 'jörg@example.com', '\u212aate@example.com', '"as ha"@example.com'])(
        'that few mail servers would take is refused: %s',
        async (email) => {
          const otp = '123456';
          const doors: [path: string, body: object][] = [
            ['/signup', signUps.cookie(email)],
            ['/verify-otp', { email, otp }],
            ['/resend-otp', { email }],
            ['/api/auth/register/start', signUps['two-factor'](email)],
            ['/api/auth/register/resend-otp', { email }],
            ['/api/auth/login', { email, password: PASSWORD }],
            ['/api/auth-otp/register', signUps.whatsapp(newPhone(), email)],
          ];
          for (const [path, body] of doors) {
            const answer = await post(path, body);
            expect([path, answer.status]).toEqual([path, 400]);
            expect(answer.text).toContain('Please provide a valid email');
          }
          expect(await logIn(email, PASSWORD)).toBe(401);
        },
      );
    });

    describe('a name', () => {
      const shown = async (name: string) => {
        const email = newEmail();
        await post('/signup', { ...signUps.cookie(email), username: name });
        const answer = await post('/verify-otp', { email, otp: await product().codeFor(email) });
        return textAt(answer, 'user', 'username');
      };

      it.each([
        ['Jose\u0301', 'José'],
        [pasted('Asha\u202e S'), 'Asha S'],
        ['می\u200cخواهم', 'می\u200cخواهم'],
        ['क\u094d\u200dष', 'क\u094d\u200dष'],
      ])('typed as %j is kept as %j', async (typed, name) => {
        expect(await shown(typed)).toBe(name);
      });

      it.each(BLANKS)('of %s is none', async (_name, name) => {
        const email = newEmail();
        const answers = [
          await post('/api/users/register', { phoneNumber: newPhone(), name }),
          await post('/api/auth-otp/register', { ...signUps.whatsapp(newPhone()), full_name: name }),
          await post('/api/auth/register/start', { ...signUps['two-factor'](email), lastName: name }),
          await post('/signup', { ...signUps.cookie(email), username: name }),
        ];
        expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
        expect(answers.map(({ body }) => body)).toEqual([
          { message: 'name must be text of 1 to 100 characters', code: 'fields_invalid' },
          expect.objectContaining({
            errors: [{ field: 'full_name', message: 'Full name must be between 2 and 100 characters' }],
          }),
          expect.objectContaining({
            errors: [{ field: 'lastName', message: 'lastName must be text of 1 to 100 characters' }],
          }),
          { success: false, error: 'Email, password, and username are required', code: 'fields_missing' },
        ]);
      });
    });

    it.each([
      ['a link', 'Asha http://evil.example'],
      ['two lines', 'Asha\u2028S'],
      ['a private character', 'Asha \ue000'],
      ['an unassigned character', 'Asha \u0378'],
      ['a pile of marks', `Asha${'\u0316'.repeat(6)}`],
      ['signs alone', '-- !'],
    ])('a name with %s is refused', async (_what, name) => {
      const email = newEmail();
      const answers = [
        await post('/api/users/register', { phoneNumber: newPhone(), name }),
        await post('/api/auth-otp/register', { ...signUps.whatsapp(newPhone()), full_name: name }),
        await post('/api/auth/register/start', { ...signUps['two-factor'](email), lastName: name }),
        await post('/signup', { ...signUps.cookie(email), username: name }),
      ];
      expect(answers.map(({ status, text }) => [status, /[^"]* characters/.exec(text)?.[0]])).toEqual([
        [400, 'name must be text of 1 to 100 characters'],
        [400, 'Full name must be between 2 and 100 characters'],
        [400, 'lastName must be text of 1 to 100 characters'],
        [400, 'Username must be text of 1 to 100 characters'],
      ]);
    });

    describe('a password', () => {
      const COMPOSED = 'Caf\u00e9 \u1ec7 \uac00 2026';
      const DECOMPOSED = COMPOSED.normalize('NFD');

      async function account(password: string): Promise<string> {
        const email = newEmail();
        await post('/signup', { ...signUps.cookie(email), password });
        await post('/verify-otp', { email, otp: await product().codeFor(email) });
        return email;
      }

      it.each([
        [COMPOSED, DECOMPOSED],
        [DECOMPOSED, COMPOSED],
      ])('set as %j is the same as %j, in every contract', async (set, typed) => {
        const email = await account(set);
        for (const password of [typed, set]) {
          expect(await logIn(email, password)).toBe(201);
          expect((await post('/api/auth/login', { email, password })).status).toBe(200);
        }
      });

      it('is nothing but that: no white space, no width, no mark is taken away', async () => {
        const email = await account('\u200b pass\u00adword １ \u202c');
        for (const other of [
          'pass\u00adword １',
          '\u200b password １ \u202c',
          '\u200b pass\u00adword 1 \u202c',
        ]) {
          expect([other, await logIn(email, other)]).toEqual([other, 401]);
        }
        expect(await logIn(email, '\u200b pass\u00adword １ \u202c')).toBe(201);
      });

      it('may be of white space alone', async () => {
        const email = await account('         ');
        expect(await logIn(email, '         ')).toBe(201);
      });

      it('counts its characters as people do', async () => {
        const least = profile === 'strict' ? 8 : 6;
        const register = async (password: string) =>
          (await post('/api/auth-otp/register', { ...signUps.whatsapp(newPhone()), password })).status;
        expect(await register('😀'.repeat(least - 1))).toBe(400);
        expect(await register('e\u0301'.repeat(least - 1))).toBe(400);
        expect(await register('😀'.repeat(least))).toBe(200);
      });

      it('that was hashed as it was typed is known once more, and then in every spelling', async () => {
        const email = await account(COMPOSED);
        const { hash } = await import('@node-rs/argon2');
        const before = await hash(DECOMPOSED, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
        const stored = () =>
          inDatabase(product(), (store) =>
            store
              .selectFrom('users')
              .select('password_hash')
              .where('email', '=', email)
              .executeTakeFirstOrThrow(),
          );
        await inDatabase(product(), (store) =>
          store.updateTable('users').set({ password_hash: before }).where('email', '=', email).execute(),
        );
        expect(await logIn(email, `${DECOMPOSED}x`)).toBe(401);
        expect(await logIn(email, COMPOSED)).toBe(401);
        expect((await stored()).password_hash).toBe(before);
        expect(await logIn(email, DECOMPOSED)).toBe(201);
        expect((await stored()).password_hash).not.toBe(before);
        expect(await logIn(email, COMPOSED)).toBe(201);
        expect(await logIn(email, DECOMPOSED)).toBe(201);
      });
    });

    describe.each(BLANKS)('an optional field of %s is left out', (_name, blank) => {
      it('/signup: the phone', async () => {
        const email = newEmail();
        const answer = await post('/signup', { ...signUps.cookie(email), phone: blank });
        expect([answer.status, answer.text]).toEqual([201, expect.stringContaining('check your email')]);
        await product().codeFor(email);
      });

      it('/api/auth/register/start: the phone', async () => {
        const email = newEmail();
        const answer = await post('/api/auth/register/start', {
          ...signUps['two-factor'](email),
          phone: blank,
        });
        expect([answer.status, answer.body.message]).toEqual([200, 'OTP sent to your email']);
        await product().codeFor(email);
      });

      it('/api/auth-otp/register: the address', async () => {
        const phone = newPhone();
        await post('/api/auth-otp/register', { ...signUps.whatsapp(phone), address: blank });
        const answer = await post('/api/auth-otp/verify', { phone, otp: await product().codeFor(phone) });
        expect(answer.body.data).toMatchObject({ user: { phone, address: null } });
      });

      it('/api/users/get-all-users: page and limit', async () => {
        const text = encodeURIComponent(String(blank ?? ''));
        const answer = await product().get(`/api/users/get-all-users?page=${text}&limit=${text}`);
        expect(answer.status).toBe(200);
      });

      it('a field that is asked for is missing: /login, /verify-otp, /resend-otp', async () => {
        const doors: [path: string, body: object, text: string][] = [
          ['/login', { email: blank, password: PASSWORD }, 'All fields are required'],
          ['/verify-otp', { email: newEmail(), otp: blank }, 'Please provide email and OTP'],
          ['/resend-otp', { email: blank }, 'Please provide email'],
        ];
        for (const [path, body, text] of doors) {
          const answer = await post(path, body);
          expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(`"${text}"`)]);
        }
      });
    });

    it('an idempotency key stands for the number, however it is spelled', async () => {
      const phone = newPhone();
      const send = (phoneNumber: string) =>
        product().post(
          '/api/v1/otp/send',
          { phoneNumber },
          { headers: { 'x-api-key': product().env.API_KEY ?? '', 'idempotency-key': phone.slice(1) } },
        );
      const first = await send(phone);
      expect(first.status).toBe(202);
      for (const spelling of [pasted(phone), phone.replace(/(...)/g, '$1\u2011')]) {
        const answer = await send(spelling);
        expect([answer.status, answer.body.jobId, answer.body.otp]).toEqual([
          202,
          first.body.jobId,
          first.body.otp,
        ]);
      }
      await product().delivered();
      expect(product().messagesOf(phone)).toHaveLength(1);
    });
  });
});
