import { COMMON_PASSWORDS } from './common-password-list.js';
import { typedPassword } from './password.js';

let ranks: ReadonlyMap<string, number> | undefined;

/** Whether a password, however it is capitalised, is one of the `among` that people choose most often. */
export function isCommon(password: string, among: 100 | 10_000): boolean {
  // Split on first use: a start that is not refused and a run without passwords need none of it.
  ranks ??= new Map(COMMON_PASSWORDS.split(' ').map((word, rank) => [word, rank]));
  return (ranks.get(typedPassword(password).toLowerCase()) ?? Number.POSITIVE_INFINITY) < among;
}
