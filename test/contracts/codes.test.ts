import { describe, expect, it } from 'vitest';
import { accountErrors } from '../../src/contracts/account/errors.js';
import { contractShape } from '../../src/contracts/answers.js';
import { cookieErrors } from '../../src/contracts/cookie/errors.js';
import { phoneErrors } from '../../src/contracts/phone.js';
import { twoFactorErrors } from '../../src/contracts/two-factor.js';
import { whatsappErrors } from '../../src/contracts/whatsapp.js';
import { AppError, type ErrorCode, invalidFields } from '../../src/errors.js';
import { STATUS } from '../../src/http/statuses.js';

/** Each with a text of its own, as the core words it. */
const CAUSES = Object.keys(STATUS).map((code) => new AppError(code as ErrorCode, `The core says ${code}.`));
const FIELDS = ['Invalid OTP. Please try again.', 'phone must be a valid number'].map((message) =>
  invalidFields([{ field: 'otp', message }]),
);

/** 503s say what an operator sees; these are no secrets about a person. */
const known = [...CAUSES, ...FIELDS].filter(({ code }) => STATUS[code] !== 503);

describe.each(Object.entries({ phoneErrors, whatsappErrors, twoFactorErrors, cookieErrors, accountErrors }))(
  'what %s calls its failures',
  (_, errors) => {
    it('tells no more than its text: one text, one code', () => {
      const shape = contractShape(errors);
      const codes = new Map<string, unknown>();
      for (const failure of known) {
        const failed = { known: failure, thrown: failure, status: STATUS[failure.code] };
        const { body } = shape({ ...failed, retryAfterSeconds: undefined }, {} as never);
        const { code, ...text } = body as Record<string, unknown>;
        expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
        const words = JSON.stringify(text);
        expect([words, codes.get(words) ?? code]).toEqual([words, code]);
        codes.set(words, code);
      }
    });
  },
);
