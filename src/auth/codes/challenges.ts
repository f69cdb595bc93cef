import { timingSafeEqual } from 'node:crypto';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Joined } from '../../delivery/queue/new-job.js';
import { AppError } from '../../errors.js';
import { type CodeIssuer, orStoreUnavailable } from '../../otp/issue.js';
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

export interface WantedCode {
  key: ChallengeKey;
  contact: Contact;
  rules: CodeRules;
  /** Everything but the message. */
  silent: boolean;
  /** Only while a code is waited for. */
  onlyIfOpen?: boolean;
}

/** A code that was counted, and has a place in the queue. It is stored nowhere yet. */
export interface ReservedChallenge {
  expiresAt: number;
  /**
   * In the caller's transaction; an older code of the same key is no longer good. Rejects with code_expired when no code
   * is waited for and one had to be.
   */
  storeIn(trx: Store): Promise<void>;
  /** After the commit: the message goes out. */
  committed(): void;
  /** Takes everything back, unless it was committed. */
  release(): Promise<void>;
}

export interface Challenges {
  /** Sends a new code. Rejects as `reserve`, and as `storeIn`. */
  issue(wanted: WantedCode): Promise<void>;
  /** For a code that is stored with something else. Rejects with rate_limited, or with what the channel has to say (503). */
  reserve(wanted: WantedCode): Promise<ReservedChallenge>;
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
  issuer: Pick<CodeIssuer, 'reserve'>;
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

  async function reserve({
    key,
    contact,
    rules,
    silent,
    onlyIfOpen = false,
  }: WantedCode): Promise<ReservedChallenge> {
    const [to, counted] = [contactKey(contact), keys.of(contact)];
    const waitMs = await limits.reserve(counted, rules.cooldownMs);
    if (waitMs !== null) {
      throw new AppError('rate_limited', 'Too many codes were requested. Please try again later.', {
        retryAfterSeconds: waitMs / 1000,
      });
    }
    const refund = () => limits.refund(counted).catch(() => {});
    const code = await issuer
      .reserve({
        caller: `contract:${key.contract}`,
        contact,
        purpose: `${key.contract}-${key.purpose}`,
        length: rules.length,
        ttlMs: rules.ttlMs,
        silent,
      })
      .catch(async (error: unknown) => {
        await refund();
        throw error;
      });
    let message: Joined | null = null;
    let isOpen = true;
    return {
      expiresAt: code.expiresAt,
      async storeIn(trx) {
        const hash = (id: string) => codeHash(key, to, id, code.otp);
        const challenge = { key, contact: to, hash, now: clock.now(), expiresAt: code.expiresAt };
        // First: whoever asks for the same at this moment waits here, and sees the message that follows.
        if (!onlyIfOpen) await putChallenge(trx, challenge);
        else if (!(await renewChallenge(trx, challenge))) throw expired();
        message = await code.enqueueIn(trx);
      },
      committed() {
        isOpen = false;
        message?.committed();
      },
      async release() {
        if (!isOpen) return;
        isOpen = false;
        code.release();
        await refund();
      },
    };
  }

  return {
    reserve,

    async issue(wanted) {
      const code = await reserve(wanted);
      try {
        await orStoreUnavailable(store.transaction().execute(code.storeIn));
        code.committed();
      } finally {
        await code.release();
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
