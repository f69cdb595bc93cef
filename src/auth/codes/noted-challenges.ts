import type { Floods } from '../../alarms/floods.js';
import { AppError } from '../../errors.js';
import type { Challenges } from './challenges.js';

/** The answers to a code that was wrong, or came after too many of them. */
const WRONG: ReadonlySet<string> = new Set(['code_invalid', 'code_attempts_blocked', 'rate_limited']);

/** The same challenges, whose wrong codes are noted. */
export function noteWrongCodes(challenges: Challenges, floods: Pick<Floods, 'note'>): Challenges {
  return {
    ...challenges,
    redeem(given, effect) {
      return challenges.redeem(given, effect).catch((error: unknown) => {
        if (error instanceof AppError && WRONG.has(error.code)) {
          const { key, client, contact = key.subject } = given;
          const { address, requestId } = client;
          floods.note('codes', { address, requestId, contact: contact.replace(/^[^:]*:/, '') });
        }
        throw error;
      });
    },
  };
}
