import { describe, expect, it } from 'vitest';
import { GETS, POSTS, SHAPES } from './doors.js';
import {
  type Answer,
  expectRetryAfter,
  MINUTE_MS,
  newEmail,
  newPhone,
  onBothDatabases,
  type Product,
} from './harness.js';
import { cookieUser, signUps } from './people.js';

/** What one address may do to contacts that are new, in ten minutes. */
const NEW_CONTACTS = 20;
const TOLD = 'x-client-address';

onBothDatabases({ NODE_ENV: 'production' }, (product) => {
  const key = () => ({ 'x-api-key': product().env.API_KEY ?? '' });

  describe('whom a back end asks for, in X-Client-Address,', () => {
    const signUp = (headers: Record<string, string>) =>
      product().post('/signup', signUps.cookie(newEmail()), { headers });

    it('must be an address: each contract says so in its own words', async () => {
      const doors = [
        ...POSTS.map(({ body, ...door }) => ({ ...door, method: 'POST', body: body?.() })),
        ...GETS.map((door) => ({ ...door, method: 'GET', body: undefined })),
      ];
      for (const { method, contract, path, body } of doors) {
        const headers = { ...key(), [TOLD]: 'the phone of Asha', 'content-type': 'application/json' };
        const answer = await product().request(method, path, {
          headers,
          ...(body && { body: JSON.stringify(body) }),
        });
        expect([path, answer.status]).toEqual([path, 400]);
        SHAPES[contract](answer);
        expect(answer.text).not.toContain('Asha');
      }
      for (const told of ['', '203.0.113', '203.0.113.256', '203.0.113.7, 203.0.113.8', '2001:db8::g']) {
        const answer = await signUp({ ...key(), [TOLD]: told });
        expect([told, answer.status]).toEqual([told, 400]);
      }
    });

    it(`counts with the key: ${NEW_CONTACTS} new contacts for each`, async () => {
      const told = (address: string) => signUp({ ...key(), [TOLD]: address });
      expect(await statuses(NEW_CONTACTS + 2, () => told('203.0.113.7'))).toEqual([
        ...Array(NEW_CONTACTS).fill(201),
        429,
        429,
      ]);
      expectRefused(await told('203.0.113.7'));
      // The same address in another spelling.
      expectRefused(await told('::ffff:203.0.113.7'));
      expect((await told('203.0.113.8')).status).toBe(201);
      expect((await told('2001:db8::8')).status).toBe(201);
    });

    it('counts for nothing without a right key, and a key without it says nothing', async () => {
      let n = 0;
      const nobody = () => `198.51.100.${++n}`;
      /** All of these come from one address: the one that they come from. */
      const ways: (() => Record<string, string>)[] = [
        () => ({}),
        () => ({ [TOLD]: nobody() }),
        () => ({ 'x-api-key': 'wrong', [TOLD]: nobody() }),
        () => ({ authorization: 'Bearer wrong', [TOLD]: 'no address' }),
        key,
      ];
      expect(await statuses(NEW_CONTACTS, (at) => signUp(ways[at % ways.length]?.() ?? {}))).toEqual(
        Array(NEW_CONTACTS).fill(201),
      );
      for (const headers of ways) expectRefused(await signUp(headers()));
      expect((await signUp({ ...key(), [TOLD]: '203.0.113.9' })).status).toBe(201);
      product().pass(10 * MINUTE_MS);
      expect((await signUp({})).status).toBe(201);
    });
  });

  describe('forty sign-ups with one e-mail address and numbers that nobody has, from one address,', () => {
    it.each<[string, number, (product: Product) => Promise<string>]>([
      ['an account has', 409, async (product) => (await cookieUser(product)).email],
      ['nobody has', 200, async () => newEmail()],
    ])('tell at most twenty times what %s', async (_who, told, emailOf) => {
      product().pass(61 * MINUTE_MS);
      const email = await emailOf(product());
      const all = await statuses(40, () => {
        const phone = deadNumber(product());
        return product().post('/api/auth-otp/register', signUps.whatsapp(phone, email));
      });
      const answered = all.filter((status) => status !== 429);
      expect(new Set(answered)).toEqual(new Set([told]));
      expect(answered.length).toBeLessThanOrEqual(20);
      product().pass(61 * MINUTE_MS);
    });
  });
});

async function statuses(count: number, ask: (at: number) => Promise<Answer>): Promise<number[]> {
  const all: number[] = [];
  for (let at = 0; at < count; at++) all.push((await ask(at)).status);
  return all;
}

function expectRefused(answer: Answer): void {
  expect(answer.status).toBe(429);
  SHAPES.cookie(answer);
  expectRetryAfter(answer, 1, 600);
}

let dead = 0;

/** Not on WhatsApp, and in no range with another. */
function deadNumber({ whatsapp }: Product): string {
  const number = newPhone().replace(/^(\+62812)\d{4}/, (_, country) => `${country}${1_000 + ++dead}`);
  whatsapp.setOnWhatsApp(number, false);
  return number;
}
