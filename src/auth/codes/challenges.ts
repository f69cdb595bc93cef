import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Limits } from '../../limits/index.js';
import type { CodeIssuer } from '../../otp/issue.js';
import { sameBytes } from '../../same-bytes.js';
import type { Client } from '../clients/client.js';
import { type ContactKeys, mailboxKey } from '../contact-keys.js';
import {
  type Challenge,
  type ChallengeKey,
  consume,
  countTry,
  deleteExpired,
  hasExpired,
  isWaitedFor,
} from './challenge-rows.js';
import type { CodeFailures } from './code-failures.js';
import { createCodeHash } from './code-hash.js';
import { blocked, expiredCode, wrongCode } from './refusals.js';
import type { SendLimits } from './send-limits.js';
import { createSending, type Sending } from './sending.js';

export interface Challenges extends Sending {
  /**
   * Uses up a code, once: `effect` runs in the same transaction, with the contact that the code was sent to, in the form
   * of `contactKey`. Rejects with code_invalid, code_expired, code_attempts_blocked while the account has to wait, or
   * rate_limited when too many codes were wrong from this address.
   */
  redeem<T>(
    given: { key: ChallengeKey; code: string; client: Client },
    effect: (trx: Store, sentTo: string) => Promise<T>,
  ): Promise<T>;
  /** A code for this key is expected: not used, not expired. */
  isOpen(key: ChallengeKey): Promise<boolean>;
  /** Removes codes that expired at least `agoMs` ago. Returns how many. */
  cleanUp(agoMs: number): Promise<number>;
}

/** @param deps.keyedHash of codes. */
export function createChallenges(deps: {
  store: Store;
  clock: Clock;
  issuer: Pick<CodeIssuer, 'reserve'>;
  sends: SendLimits;
  limits: Limits;
  failures: CodeFailures;
  keys: ContactKeys;
  keyedHash: (input: string) => string;
}): Challenges {
  const { store, clock, sends, limits, failures, keys } = deps;
  const hash = createCodeHash(deps.keyedHash);

  /** One try, counted for the challenge and for the account before the code is compared; both or neither. */
  async function takeTry(key: ChallengeKey): Promise<Challenge> {
    const now = clock.now();
    await refuseWhileBlocked(key);
    const tried = await store.transaction().execute(async (trx) => {
      const challenge = await countTry(trx, key, now);
      if (!challenge || (await failures.count(trx, key.subject))) return challenge;
      throw blocked(1);
    });
    if (tried) return tried;
    throw (await hasExpired(store, key, now)) ? expiredCode() : wrongCode();
  }

  async function refuseWhileBlocked(key: ChallengeKey): Promise<void> {
    const waitMs = await failures.blockedForMs(key.subject);
    if (waitMs > 0) throw blocked(waitMs);
  }

  return {
    ...createSending({ ...deps, hash }),

    async redeem({ key, code, client }, effect) {
      const fromHere = await limits.count([{ rule: 'address-code-tries', of: client.address }]);
      const { id, contact, code_hash } = await takeTry(key).catch(async (error: unknown) => {
        // Nothing was compared.
        if (!(error instanceof AppError) || error.code === 'code_attempts_blocked') await fromHere.giveBack();
        throw error;
      });
      const given = Buffer.from(hash(key, contact, id, code));
      if (!sameBytes(given, Buffer.from(code_hash))) throw wrongCode();
      await fromHere.giveBack();
      await failures.clear(key.subject);
      return await store.transaction().execute(async (trx) => {
        if (!(await consume(trx, key, id, clock.now()))) throw wrongCode();
        await sends.endCooldown(trx, mailboxKey(keys.ofStored(contact)));
        return await effect(trx, contact);
      });
    },

    isOpen: (key) => isWaitedFor(store, key, clock.now()),
    cleanUp: (agoMs) => deleteExpired(store, clock.now(), agoMs),
  };
}
