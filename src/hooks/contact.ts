import { parseE164 } from '../otp/phone.js';
import { typedEmail } from '../typed/email.js';
import { typedNumber } from '../typed/number.js';

/** A number, whose + may be missing, or an address; null: neither. No country is added to a number. */
export function readContact(text: string): { kind: 'phone' | 'email'; value: string } | null {
  if (text.includes('@')) {
    const address = typedEmail(text);
    return address === null ? null : { kind: 'email', value: address };
  }
  const number = typedNumber(text);
  const phone = parseE164(number.startsWith('+') ? number : `+${number}`);
  return phone === null ? null : { kind: 'phone', value: phone };
}
