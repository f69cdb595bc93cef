import { describe, expect, it } from 'vitest';
import { type Answer, MINUTE_MS, newEmail, onBothDatabases, type Product, textAt } from './harness.js';
import { signUps } from './people.js';
import { inArabic, inFullWidth, pasted, SPELLINGS } from './spellings.js';

const PROFILES = ['documented', 'strict'] as const;

let numbers = 0;
const run = Math.floor(Math.random() * 900) + 100;
/** A German mobile that no other test has, without its country code. */
const newGerman = () => `171${run}${String(++numbers).padStart(4, '0')}`;

describe.each(PROFILES)('in Germany, %s', (profile) => {
  onBothDatabases({ SECURITY_PROFILE: profile, DEFAULT_COUNTRY: 'DE' }, (product) => {
    const post = (path: string, body: unknown) => product().post(path, body);

    it.each<[name: string, spell: (national: string) => string]>([
      ['with its country code and no plus', (national) => `49${national}`],
      ['as it is dialled there', (national) => `0${national}`],
      ['as it is dialled from abroad', (national) => `0049 ${national}`],
      ['as business cards have it', (national) => `+49 (0)${national.slice(0, 3)} / ${national.slice(3)}`],
      ['as a contact list copies it', (national) => pasted(`+49 ${national}`)],
      ['with dashes of a word processor', (national) => `0${national.replace(/(...)(?=.)/g, '$1\u2011')}`],
      ['in Arabic digits', (national) => inArabic(`+49${national}`)],
      ['in full-width digits', (national) => inFullWidth(`+49${national}`)],
    ])('a number is the same handset %s', async (_name, spell) => {
      const national = newGerman();
      const phone = `+49${national}`;
      const typed = spell(national);
      expect((await post('/api/users/register', signUps.phone(typed))).status).toBe(200);
      const otp = await product().codeFor(phone);
      const made = await post('/api/otp/verify', { phoneNumber: `0${national}`, otp, mode: 'register' });
      expect([made.status, made.body]).toEqual([201, { message: 'User registered successfully' }]);

      product().pass(MINUTE_MS);
      expect((await post('/api/users/login', { phoneNumber: typed })).status).toBe(200);
      const login = { phoneNumber: typed, otp: await product().codeFor(phone), mode: 'login' };
      const answer = await post('/api/otp/verify', login);
      expect(answer.status).toBe(200);
      // What the answer shows is accepted back.
      product().pass(MINUTE_MS);
      const shown = textAt(answer, 'user', 'phoneNumber');
      expect(shown).toBe(national);
      expect((await post('/api/users/login', { phoneNumber: shown })).status).toBe(200);
      await product().codeFor(phone);
    });

    it('all spellings share the limit on codes, and that on tries', async () => {
      const national = newGerman();
      const spellings = [
        `0${national}`,
        `49${national}`,
        `+49${national}`,
        inArabic(`0${national}`),
        national,
      ];
      const statuses = [];
      for (const phone of [...spellings, pasted(`+49${national}`)]) {
        if (profile === 'strict') product().pass(MINUTE_MS);
        statuses.push((await post('/api/users/register', signUps.phone(phone))).status);
      }
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);

      const other = newGerman();
      const otp = '0'.repeat(profile === 'strict' ? 6 : 5);
      const tries = async () => {
        const phones = [`0${other}`, `49${other}`, inFullWidth(`+49${other}`)];
        for (const phoneNumber of phones) {
          statuses.push((await post('/api/otp/verify', { phoneNumber, otp, mode: 'register' })).status);
        }
      };
      statuses.length = 0;
      for (let round = 0; round < 2; round++) {
        product().pass(MINUTE_MS);
        await post('/api/users/register', signUps.phone(other));
        await tries();
      }
      await tries();
      expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 429, 429, 429]);
    });
  });
});

describe.each(PROFILES)('a code typed in any way, %s', (profile) => {
  onBothDatabases({ SECURITY_PROFILE: profile }, (product) => {
    it.each(SPELLINGS.map((spell) => [spell('123456'), spell] as const))('%j', async (_shown, spell) => {
      for (const verify of [inWhatsApp, inTwoFactor, inCookie]) {
        const answer = await verify(product(), spell);
        expect([verify.name, answer.status, answer.text]).toEqual([
          verify.name,
          expect.toBeOneOf([200, 201]),
          expect.stringContaining('success'),
        ]);
      }
    });
  });
});

type Spell = (code: string) => string;

async function inWhatsApp(product: Product, spell: Spell): Promise<Answer> {
  const phone = `+62813${run}${String(++numbers).padStart(5, '0')}`;
  await product.post('/api/auth-otp/register', signUps.whatsapp(spell(phone)));
  const otp = await product.codeFor(phone);
  return await product.post('/api/auth-otp/verify', { phone: spell(phone), otp: spell(otp) });
}

async function inTwoFactor(product: Product, spell: Spell): Promise<Answer> {
  const email = newEmail();
  const started = await product.post('/api/auth/register/start', signUps['two-factor'](email));
  const userId = textAt(started, 'data', 'userId');
  const otp = spell(await product.codeFor(email));
  return await product.post('/api/auth/register/verify-otp', { userId, otp });
}

async function inCookie(product: Product, spell: Spell): Promise<Answer> {
  const email = newEmail();
  await product.post('/signup', signUps.cookie(email));
  return await product.post('/verify-otp', { email, otp: spell(await product.codeFor(email)) });
}
