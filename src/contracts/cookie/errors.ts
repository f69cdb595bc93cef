import type { ContractErrors } from '../answers.js';

const WRONG_CODE = 'Invalid OTP. Please try again.';

const error = (status: number, text: string) => ({ status, body: { success: false, error: text } });
const message = (status: number, text: string) => ({ status, body: { success: false, message: text } });

/** The cookie contract: sign-up with a code, a token in a cookie, Google. */
export const cookieErrors: ContractErrors = {
  known: {
    email_taken: { status: 409, body: { message: 'User already exists' } },
    phone_taken: { status: 409, body: { message: 'User already exists' } },
    registration_unknown: error(404, 'User not found'),
    email_verified: error(400, 'Email already verified. Please login.'),
    code_invalid: error(400, WRONG_CODE),
    code_expired: {
      status: 400,
      body: { success: false, error: 'OTP has expired. Please request a new one.', expired: true },
    },
    credentials_missing: { status: 400, body: { message: 'All fields are required' } },
    credentials_wrong: { status: 401, body: { message: 'Incorrect password or email' } },
    uses_google: message(400, 'This account uses Google Sign-In. Please use Google to login.'),
    email_unavailable: (text) => error(500, text),
    token_missing: message(401, 'Authentication required. Please login.'),
    token_invalid: message(401, 'Invalid or expired token. Please login again.'),
    token_user_gone: message(401, 'User not found. Please login again.'),
  },
  alike: { email_taken: 'user_exists', phone_taken: 'user_exists' },
  other: (text) => ({ success: false, error: text }),
  invalid: (problems) => {
    const text = problems[0]?.message ?? 'The request is not valid';
    return { ...error(400, text), ...(text === WRONG_CODE && { code: 'code_invalid' }) };
  },
};
