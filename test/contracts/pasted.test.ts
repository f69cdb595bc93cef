import { describe, expect, it } from 'vitest';
import { POSTS } from './doors.js';
import { type Answer, onBothDatabases, UUID } from './harness.js';
import { inArabic, inFullWidth, pasted } from './spellings.js';

const WITH_BODY = POSTS.flatMap(({ body, ...door }) => (body === null ? [] : [{ ...door, body }]));
const NUMBERS = ['phone', 'phoneNumber', 'otp'];
const PROFILES = ['documented', 'strict'] as const;

/** What an answer says, whoever asked. */
function faceOf({ status, text }: Answer) {
  const uuid = new RegExp(UUID.source.slice(1, -1), 'g');
  return [status, text.replace(/\+\d{8,}|user\d+@/g, '…').replace(uuid, '…')];
}

describe.each(PROFILES)('%s', (profile) => {
  onBothDatabases({ SECURITY_PROFILE: profile }, (product) => {
    describe.each(WITH_BODY)('POST $path', ({ path, body }) => {
      /** In this profile all codes are long. */
      const whole = (): Record<string, unknown> => {
        const plain = body();
        return profile === 'strict' && 'otp' in plain ? { ...plain, otp: '123456' } : plain;
      };

      it.each(Object.keys(body()).filter((field) => field !== 'password'))(
        'takes a pasted %s for what it is',
        async (field) => {
          const typed = [pasted, (text: string) => ` ${text}\u00a0`];
          if (NUMBERS.includes(field)) typed.push(inArabic, inFullWidth);
          const expected = faceOf(await product().post(path, whole()));
          expect(expected[1]).not.toMatch(/Validation failed|must|provide|required/);
          for (const spell of typed) {
            const fresh = whole();
            const answer = await product().post(path, { ...fresh, [field]: spell(String(fresh[field])) });
            expect([spell(field), ...faceOf(answer)]).toEqual([spell(field), ...expected]);
          }
        },
      );
    });
  });
});
