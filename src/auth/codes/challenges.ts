import { timingSafeEqual } from 'node:crypto';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { CodeIssuer, IssuedCode } from '../../otp/issue.js';
import { type Contact, contactKey } from '../contact.js';
import type { ContactKeys } from '../contact-keys.js';
import {
  type Challenge,
  type ChallengeKey,
  consume,
  countTry,
  deleteExpired,
  hasExpired,
  isWaitedFor,
  putChallenge,
  renewChallenge,
} from './challenge-rows.js';
import type { CodeFailures } from './code-failures.js';
import type { SendLimits } from './send-limits.js';

export type { ChallengeKey, Purpose } from './challenge-rows.js';

export interface CodeRules {
  length: number;
  ttlMs: number;
  /** Between two codes for one contact. */
  cooldownMs: number;
}

export interface Challenges {
  /**
   * Sends a new code; an older one of the same key is no longer good. `alongside` is stored in the same transaction.
   * `silent`: everything but the message. `onlyIfOpen`: rejects with code_expired when no code is waited for.
   * Rejects with rate_limited, or with what the channel has to say (503).
   */
  issue(request: {
    key: ChallengeKey;
    contact: Contact;
    rules: CodeRules;
    silent: boolean;
    onlyIfOpen?: boolean;
    alongside?: (trx: Store) => Promise<void>;
  }): Promise<Pick<IssuedCode, 'expiresAt'>>;
  /**
   * Uses up a code, once: `effect` happens in the same transaction, and hears which contact the code was sent to, as
   * `contactKey` has it. Rejects with code_invalid, code_expired, or
   * code_attempts_blocked while the account has to wait.
   */
  redeem<T>(key: ChallengeKey, code: string, effect: (trx: Store, sentTo: string) => Promise<T>): Promise<T>;
  /** A code of this key is waited for: not used, not expired. */
  isOpen(key: ChallengeKey): Promise<boolean>;
  /** Removes codes that expired at least `agoMs` ago. Returns how many. */
  cleanUp(agoMs: number): Promise<number>;
}

export function createChallenges(deps: {
  store: Store;
  clock: Clock;
  issuer: CodeIssuer;
  limits: SendLimits;
  failures: CodeFailures;
  keys: ContactKeys;
  hash: (input: string) => string;
}): Challenges {
  const { store, clock, issuer, limits, failures, keys } = deps;

  /** For an account, or for the contact of a registration as it is written: whose that is, WhatsApp may yet say. */
  const codeHash = ({ contract, purpose, subject }: ChallengeKey, sentTo: string, id: string, code: string) =>
    deps.hash([contract, purpose, purpose === 'register' ? sentTo : subject, id, code].join('\n'));

  /** One try, counted for the challenge and for the account before anybody compares; or neither. */
  async function takeTry(key: ChallengeKey): Promise<Challenge> {
    const now = clock.now();
    await refuseWhileBlocked(key);
    const tried = await store.transaction().execute(async (trx) => {
      const challenge = await countTry(trx, key, now);
      if (!challenge || (await failures.count(trx, key.subject))) return challenge;
      throw blocked(1);
    });
    if (tried) return tried;
    throw (await hasExpired(store, key, now)) ? expired() : wrongCode();
  }

  async function refuseWhileBlocked(key: ChallengeKey): Promise<void> {
    const waitMs = await failures.blockedForMs(key.subject);
    if (waitMs > 0) throw blocked(waitMs);
  }

  return {
    async issue({ key, contact, rules, silent, onlyIfOpen = false, alongside }) {
      const to = contactKey(contact);
      const waitMs = await limits.reserve(keys.of(contact), rules.cooldownMs);
      if (waitMs !== null) {
        throw new AppError('rate_limited', 'Too many codes were requested. Please try again later.', {
          retryAfterSeconds: waitMs / 1000,
        });
      }
      try {
        return await issuer.issue({
          contact,
          purpose: `${key.contract}-${key.purpose}`,
          length: rules.length,
          ttlMs: rules.ttlMs,
          silent,
          alongside: async (trx, code, expiresAt) => {
            const hash = (id: string) => codeHash(key, to, id, code);
            const challenge = { key, contact: to, hash, now: clock.now(), expiresAt };
            if (!onlyIfOpen) await putChallenge(trx, challenge);
            else if (!(await renewChallenge(trx, challenge))) throw expired();
            await alongside?.(trx);
          },
        });
      } catch (error) {
        await limits.refund(keys.of(contact)).catch(() => {});
        throw error;
      }
    },

    async redeem(key, code, effect) {
      const { id, contact, code_hash } = await takeTry(key);
      if (!isEqual(codeHash(key, contact, id, code), code_hash)) throw wrongCode();
      await failures.clear(key.subject);
      return await store.transaction().execute(async (trx) => {
        if (!(await consume(trx, key, id, clock.now()))) throw wrongCode();
        await limits.settle(trx, keys.ofStored(contact));
        return await effect(trx, contact);
      });
    },

    isOpen: (key) => isWaitedFor(store, key, clock.now()),
    cleanUp: (agoMs) => deleteExpired(store, clock.now(), agoMs),
  };
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Wrong, used, replaced, or never sent: one answer for all. */
export function wrongCode(): AppError {
  return new AppError('code_invalid', 'The code is wrong or has expired.');
}

function expired(): AppError {
  return new AppError('code_expired', 'The code has expired.');
}

function blocked(waitMs: number): AppError {
  return new AppError('code_attempts_blocked', 'Too many wrong codes. Please try again later.', {
    retryAfterSeconds: waitMs / 1000,
  });
}
