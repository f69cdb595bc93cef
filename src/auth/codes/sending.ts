import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Joined } from '../../delivery/queue/new-job.js';
import type { Limits, Use } from '../../limits/index.js';
import { type CodeIssuer, orStoreUnavailable } from '../../otp/issue.js';
import type { Client } from '../clients/client.js';
import { type Contact, contactKey } from '../contact.js';
import { type ContactKeys, mailboxKey } from '../contact-keys.js';
import { type ChallengeKey, putChallenge, renewChallenge } from './challenge-rows.js';
import type { CodeHash } from './code-hash.js';
import { expiredCode, tooManyCodes } from './refusals.js';
import type { SendLimits } from './send-limits.js';

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
  /** Do everything except send the message. */
  silent: boolean;
  /** Who asks. */
  client: Client;
  /** Only while a code is expected. */
  onlyIfOpen?: boolean;
}

/** A code that has been counted and has a place in the queue. It is not stored yet. */
export interface ReservedChallenge {
  expiresAt: number;
  /**
   * In the caller's transaction; an older code for the same key becomes invalid. Rejects with code_expired when
   * `onlyIfOpen` is set and no code is expected.
   */
  storeIn(trx: Store): Promise<void>;
  /** After the commit: the message goes out. */
  committed(): void;
  /** Takes everything back, unless it was committed. */
  release(): Promise<void>;
}

export interface Sending {
  /** Sends a new code. Rejects like `reserve` and `storeIn`. */
  issue(wanted: WantedCode): Promise<void>;
  /** For a code that is stored with something else. Rejects with rate_limited, or with the channel's refusal (503). */
  reserve(wanted: WantedCode): Promise<ReservedChallenge>;
}

export function createSending(deps: {
  store: Store;
  clock: Clock;
  issuer: Pick<CodeIssuer, 'reserve'>;
  sends: SendLimits;
  limits: Limits;
  keys: ContactKeys;
  hash: CodeHash;
}): Sending {
  const { store, clock, issuer, sends, limits, keys } = deps;

  async function reserve(wanted: WantedCode): Promise<ReservedChallenge> {
    const { key, contact, rules, silent, onlyIfOpen = false } = wanted;
    const [to, counted] = [contactKey(contact), mailboxKey(keys.of(contact))];
    const isNew = key.purpose === 'register' && !(await sends.isKnown(counted));
    const shares = await limits.count(sharesOf(contact, wanted.client, isNew));
    const waitMs = await sends.reserve(counted, rules.cooldownMs);
    if (waitMs !== null) {
      await shares.giveBack();
      throw tooManyCodes(waitMs);
    }
    const refund = async () => {
      await shares.giveBack();
      await sends.refund(counted).catch(() => {});
    };
    const code = await issuer
      .reserve({
        caller: `contract:${key.contract}`,
        contact,
        purpose: `${key.contract}-${key.purpose}`,
        length: rules.length,
        ttlMs: rules.ttlMs,
        silent,
        anonymous: key.purpose === 'register',
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
        const hash = (id: string) => deps.hash(key, to, id, code.otp);
        const challenge = { key, contact: to, hash, now: clock.now(), expiresAt: code.expiresAt };
        // First: a simultaneous request for the same waits here, and then sees the message that follows.
        if (!onlyIfOpen) await putChallenge(trx, challenge);
        else if (!(await renewChallenge(trx, challenge))) throw expiredCode();
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
  };
}

/** What a code uses up at the doors that anybody may open. @param isNew nobody with this contact got a code today. */
function sharesOf({ kind, value }: Contact, { address }: Client, isNew: boolean): Use[] {
  const uses: Use[] = [{ rule: 'address-sends', of: address }];
  if (kind === 'email') uses.push({ rule: 'mails', of: 'all' });
  if (!isNew) return uses;
  uses.push({ rule: 'address-contacts', of: address }, { rule: 'address-contacts-day', of: address });
  if (kind === 'email') uses.push({ rule: 'mails-new', of: 'all' });
  else uses.push({ rule: 'prefix-contacts', of: value.slice(0, -PREFIX_DIGITS) });
  return uses;
}

/** Numbers that are the same but for these are most likely one range, which one person may have bought. */
const PREFIX_DIGITS = 4;
