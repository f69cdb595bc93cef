import { AppError } from '../../errors.js';
import { isCommon } from '../../typed/common-passwords.js';
import { typedEmail } from '../../typed/email.js';
import { typedName } from '../../typed/name.js';
import { typedNumber } from '../../typed/number.js';
import { typedPassword } from '../../typed/password.js';

/** What a profile asks of a new password. */
export interface PasswordRules {
  /** Characters, at least. */
  min: number;
  /** It is none of so many that people choose most often. */
  notAmong: 100 | 10_000;
}

/** Whose password it is to be: what everybody tries first. */
export interface PasswordOwner {
  email: string | null;
  /** E.164. */
  phone: string | null;
  name: string | null;
}

export const MAX_PASSWORD = 1_024;
/** Fewer digits may be the end of anybody's number. */
const MIN_OWN_DIGITS = 6;

/** Comes before a password is hashed. Throws password_unfit. */
export function requireFit(password: string, { min, notAmong }: PasswordRules, owner: PasswordOwner): void {
  const length = [...typedPassword(password)].length;
  if (length < min) throw unfit(`The password must have at least ${min} characters.`);
  if (length > MAX_PASSWORD) throw unfit(`The password must have at most ${MAX_PASSWORD} characters.`);
  if (isCommon(password, notAmong)) {
    throw unfit('The password is one of those that people choose most often. Please choose another one.');
  }
  if (isOwn(password, owner)) {
    throw unfit('The password must not be your own address, name or number. Please choose another one.');
  }
}

function isOwn(password: string, { email, phone, name }: PasswordOwner): boolean {
  if (email !== null && typedEmail(password) === email) return true;
  if (name !== null && plain(password) === plain(name)) return true;
  const [, digits = ''] = /^\+?0*(\d+)$/.exec(typedNumber(password)) ?? [];
  return phone !== null && digits.length >= MIN_OWN_DIGITS && phone.endsWith(digits);
}

/** However it is capitalised and spaced. */
function plain(text: string): string {
  return typedName(text).toLowerCase().replace(/\s/g, '');
}

const unfit = (message: string) => new AppError('password_unfit', message);
