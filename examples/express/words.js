import { isOtpError } from 'whatsapp-otp-client';

/** What a person is told. Anything that is not theirs to know, or that they cannot help, is thrown on. */
export function wordsOf(error) {
  if (isOtpError(error, 'fields_invalid')) {
    return error.fields.some(({ field }) => field === 'code')
      ? 'The code is six digits.'
      : 'Please enter the whole number, beginning with + and the country.';
  }
  if (isOtpError(error, 'max_checks_reached')) return `Too many wrong codes. ${later(error)}`;
  if (isOtpError(error, 'verification_not_found')) return 'This code is over. Please start again.';
  if (isOtpError(error) && error.status === 429) return `That was quick. ${later(error)}`;
  if (isOtpError(error) && error.status === 503) return `No code can be sent at the moment. ${later(error)}`;
  throw error;
}

function later({ retryAfterSeconds: seconds }) {
  if (seconds === null) return 'Please try again later.';
  if (seconds < 90) return `Please try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
  return `Please try again in ${Math.ceil(seconds / 60)} minutes.`;
}
