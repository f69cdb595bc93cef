import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Joined } from '../../delivery/queue/new-job.js';
import type { Limits, Use } from '../../limits/index.js';
import { prefixOfNumber } from '../../otp/conversion/prefix.js';
import type { CodeIssuer } from '../../otp/issue.js';
import { orStoreUnavailable } from '../../otp/or-store-unavailable.js';
import { type Asker, askerOf, isOwnChallenge } from '../clients/asker.js';
import type { Client } from '../clients/client.js';
import { type Contact, contactKey } from '../contact.js';
import { type ContactKeys, mailboxKey } from '../contact-keys.js';
import { type ChallengeKey, type Owner, putChallenge, renewChallenge } from './challenge-rows.js';
import type { CodeHash } from './code-hash.js';
import { expiredCode, keptAs, tooManyCodes } from './refusals.js';
import type { SendLimits } from './send-limits.js';
import { codeUses, standingOf } from './standing.js';

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
  /** Refused where a code to somebody out of reach would be: what is known about the contact must not show. */
  asCold?: boolean;
  /** Who asks. */
  client: Client;
  /** The registration that the code finishes; its owner is the code's. */
  registration?: { id: string; client: string | null; network: string | null };
  /** Only while a code is expected. */
  onlyIfOpen?: boolean;
  /** As `CodeOrder.sentence`. */
  sentence?: string;
}

/** A code that has been counted and has a place in the queue. It is not stored yet. */
export interface ReservedChallenge {
  expiresAt: number;
  /**
   * In the caller's transaction; an older code of the same client for the same key becomes invalid. Resolves with the id of
   * the challenge. Rejects with code_expired when `onlyIfOpen` is set and no code is expected.
   */
  storeIn(trx: Store): Promise<string>;
  /** After the commit: the message goes out. Throws as `ReservedCode.enqueueIn` says, with the id of the challenge as `kept`. */
  committed(): void;
  /** Takes everything back, unless it was committed. */
  release(): Promise<void>;
}

export interface Sending {
  /** Sends a new code. Resolves and rejects like `storeIn`, and rejects like `reserve`. */
  issue(wanted: WantedCode): Promise<string>;
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
    const { key, contact, rules, silent, asCold = false, onlyIfOpen = false } = wanted;
    const [to, counted] = [contactKey(contact), mailboxKey(keys.of(contact))];
    const isNew = key.purpose === 'register' && !(await sends.isKnown(counted));
    const asker = await askerOf(store, wanted.client);
    const standing = await standingOf(store, key, keys.all(contact), asker, clock.now());
    if (isNew && contact.kind === 'phone')
      await limits.check([{ rule: 'address-misses', of: asker.address }]);
    const uses = [...sharesOf(contact, asker, isNew), ...codeUses(counted, asker, standing)];
    const shares = await limits.count(uses);
    const waitMs = await sends.reserve(counted, asker.key, rules.cooldownMs);
    if (waitMs !== null) {
      await shares.giveBack();
      throw tooManyCodes(waitMs);
    }
    const refund = async () => {
      await shares.giveBack();
      await sends.refund(counted, asker.key).catch(() => {});
    };
    const code = await issuer
      .reserve({
        caller: `contract:${key.contract}`,
        contact,
        purpose: `${key.contract}-${key.purpose}`,
        length: rules.length,
        ttlMs: rules.ttlMs,
        silent,
        ...(wanted.sentence !== undefined && { sentence: wanted.sentence }),
        asCold,
        requestId: wanted.client.requestId,
        door: key.purpose === 'register' ? 'sign-up' : 'sign-in',
      })
      .catch(async (error: unknown) => {
        await refund();
        throw error;
      });
    let message: Joined | null = null;
    let storedId = '';
    let isOpen = true;
    return {
      expiresAt: code.expiresAt,
      async storeIn(trx) {
        const challenge = {
          key,
          ...ownerOf(wanted, asker),
          contact: to,
          hash: (codeId: string) => deps.hash.of(key, to, codeId, code.otp),
          now: clock.now(),
          expiresAt: code.expiresAt,
        };
        // First: a simultaneous request for the same waits here, and then sees the message that follows.
        const put = onlyIfOpen ? renewChallenge : putChallenge;
        const id = await put(trx, challenge);
        if (id === null) throw expiredCode();
        message = await code.enqueueIn(trx, id);
        storedId = id;
        return id;
      },
      committed() {
        isOpen = false;
        try {
          message?.committed();
        } catch (error) {
          keptAs(storedId)(error);
        }
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
        const id = await orStoreUnavailable(store.transaction().execute(code.storeIn));
        code.committed();
        return id;
      } finally {
        await code.release();
      }
    },
  };
}

/** A code belongs to whoever its registration belongs to, else to the client that asks. */
function ownerOf({ registration }: WantedCode, asker: Asker): { owner: Owner; isOwn: RawBuilder<SqlBool> } {
  if (!registration) {
    const owner = { client: asker.key, cookie: asker.binding, network: asker.network, registration: null };
    return { owner, isOwn: sql<SqlBool>`(challenges.registration IS NULL AND ${isOwnChallenge(asker)})` };
  }
  const { id, client, network } = registration;
  const binding = client ?? asker.binding;
  return {
    owner: { client: binding, cookie: binding, network: network ?? asker.network, registration: id },
    isOwn: sql<SqlBool>`challenges.registration = ${id}`,
  };
}

/** What a code uses up at the doors that anybody may open. @param isNew nobody with this contact got a code today. */
function sharesOf({ kind, value }: Contact, { address }: Asker, isNew: boolean): Use[] {
  const uses: Use[] = [{ rule: 'address-sends', of: address }];
  if (kind === 'email') uses.push({ rule: 'mails', of: 'all' });
  if (!isNew) return uses;
  uses.push({ rule: 'address-contacts', of: address }, { rule: 'address-contacts-day', of: address });
  if (kind === 'email') uses.push({ rule: 'mails-new', of: 'all' });
  else uses.push({ rule: 'prefix-contacts', of: prefixOfNumber(value) });
  return uses;
}
