import { COMMON_PASSWORDS } from './common-password-list.js';
import { typedPassword } from './password.js';

/** Of the list, in characters. */
const LONGEST = 16;

let ranks: ReadonlyMap<string, number> | undefined;

/** Whether a password, however it is capitalised, is one of the `among` that people choose most often. */
export function isCommon(password: string, among: 100 | 10_000): boolean {
  if (password.length > LONGEST) return false;
  // Split on first use: most runs that hold no users never ask.
  ranks ??= new Map(COMMON_PASSWORDS.split(' ').map((word, rank) => [word, rank]));
  return (ranks.get(typedPassword(password).toLowerCase()) ?? Number.POSITIVE_INFINITY) < among;
}
