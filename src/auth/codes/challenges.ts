import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Limits } from '../../limits/index.js';
import type { CodeIssuer } from '../../otp/issue.js';
import { sameBytes } from '../../same-bytes.js';
import type { KeyedHash } from '../../sealing.js';
import { type Asker, askerOf, isOwnChallenge } from '../clients/asker.js';
import type { Client } from '../clients/client.js';
import { type ContactKeys, mailboxKey } from '../contact-keys.js';
import { type ChallengeKey, deleteExpired, isWaitedFor } from './challenge-rows.js';
import { type Challenge, consume, countTry, hasExpired, openChallenges } from './challenge-tries.js';
import type { CodeFailures } from './code-failures.js';
import { createCodeHash } from './code-hash.js';
import { blocked, expiredCode, wrongCode } from './refusals.js';
import type { SendLimits } from './send-limits.js';
import { createSending, type Sending } from './sending.js';
import { standingOf, tryUses } from './standing.js';

/** A code that somebody has typed in. */
export interface GivenCode {
  key: ChallengeKey;
  code: string;
  client: Client;
  /** Under what wrong ones are counted; the subject of the key unless it is given. */
  contact?: string;
  /** For signing up: the registrations whose codes count; none: codes of this client that belong to no registration. */
  registrations?: string[];
  /** What takes long, or tells something: after the code was right, and before it is used up. */
  prepare?(): Promise<void>;
  /** First of all in the transaction: for effects that lock the account, in the order of those that end its codes. */
  lock?(trx: Store): Promise<void>;
}

export interface Challenges extends Sending {
  /**
   * Uses up a code, once: `effect` runs in the same transaction, with the contact that the code was sent to, in the form
   * of `contactKey`, and its registration. Rejects with code_invalid, code_expired, code_attempts_blocked while the client
   * has to wait, or rate_limited when too many codes were wrong: from this address, or for this contact.
   */
  redeem<T>(
    given: GivenCode,
    effect: (trx: Store, sentTo: string, registration: string | null) => Promise<T>,
  ): Promise<T>;
  /** What looks like the id of a challenge, the same for the same key and client, where there is none. */
  idOfNone(key: ChallengeKey, client: Client): Promise<string>;
  /** A code for this key is expected: not used, not expired. */
  isOpen(key: ChallengeKey): Promise<boolean>;
  /** Removes codes that expired at least `agoMs` ago. Returns how many. */
  cleanUp(agoMs: number): Promise<number>;
}

/** Codes that one given code is compared with. */
const MAX_COMPARED = 8;

/** @param deps.keyedHash of codes. */
export function createChallenges(deps: {
  store: Store;
  clock: Clock;
  issuer: Pick<CodeIssuer, 'reserve' | 'answered'>;
  sends: SendLimits;
  limits: Limits;
  failures: CodeFailures;
  keys: ContactKeys;
  keyedHash: KeyedHash;
}): Challenges {
  const { store, clock, sends, limits, failures, keys } = deps;
  const hash = createCodeHash(deps.keyedHash);

  /** The challenges that this client's try is counted on, and those of others that its code may be meant for as well. */
  async function openTo(given: GivenCode, asker: Asker) {
    const { key } = given;
    const now = clock.now();
    const isOwn = isOwnOf(given, asker);
    const own = await openChallenges(store, key, isOwn, now, MAX_COMPARED);
    const mayBeMeant = mayBeMeantBy(given);
    const all = mayBeMeant ? await openChallenges(store, key, mayBeMeant, now, MAX_COMPARED) : [];
    const others = all.filter(({ id }) => own.every((each) => each.id !== id));
    if (own.length + others.length > 0) return { isOwn, own, others };
    throw (await hasExpired(store, key, mayBeMeant ?? isOwn, now)) ? expiredCode() : wrongCode();
  }

  /** One try, counted before the code is compared, for its challenge, its client and its contact: all or none. */
  async function takeTry(given: GivenCode, asker: Asker) {
    const { key, contact = key.subject } = given;
    const tried = { subject: contact, client: asker.key };
    const waitMs = await failures.blockedForMs(tried);
    if (waitMs > 0) throw blocked(waitMs);
    const { isOwn, own, others } = await openTo(given, asker);
    const [newest] = others;
    if (own.length === 0 && newest) await countForeign(`${newest.code_id} ${asker.key}`);
    const standing = await standingOf(store, key, [contact], asker, clock.now());
    const counted = await limits.count(tryUses(mailboxKey(contact), asker, standing, given.code.length));
    const compared = await store
      .transaction()
      .execute(async (trx): Promise<Challenge[]> => {
        const ownTried = own.length > 0 ? await countTry(trx, key, isOwn, clock.now()) : [];
        if (own.length > 0 && ownTried.length === 0) throw wrongCode();
        if (!(await failures.count(trx, tried))) throw blocked(1);
        return [...ownTried, ...others];
      })
      .catch(async (error: unknown) => {
        await counted.giveBack();
        throw error;
      });
    return {
      compared,
      async wasRight() {
        await counted.giveBack();
        await failures.clear(tried);
      },
    };
  }

  /** Three tries for a code that another client asked for. */
  async function countForeign(of: string): Promise<void> {
    await limits.count([{ rule: 'code-tries', of }]).catch((error: unknown) => {
      throw error instanceof AppError ? wrongCode() : error;
    });
  }

  return {
    ...createSending({ ...deps, hash }),

    async redeem(given, effect) {
      const { key, code } = given;
      const asker = await askerOf(store, given.client);
      const fromHere = await limits.count([{ rule: 'address-code-tries', of: asker.address }]);
      const { compared, wasRight } = await takeTry(given, asker).catch(async (error: unknown) => {
        // Nothing was compared.
        const isWrong =
          error instanceof AppError && (error.code === 'code_invalid' || error.code === 'code_expired');
        if (!isWrong) await fromHere.giveBack();
        throw error;
      });
      const right = compared.find(({ code_id, contact, code_hash }) =>
        hash
          .all(key, contact, code_id, code)
          .some((each) => sameBytes(Buffer.from(each), Buffer.from(code_hash))),
      );
      if (!right) throw wrongCode();
      await fromHere.giveBack();
      await wasRight();
      await given.prepare?.();
      return await store.transaction().execute(async (trx) => {
        await given.lock?.(trx);
        if (!(await consume(trx, key, right.code_id, clock.now()))) throw wrongCode();
        await deps.issuer.answered(trx, right.id);
        await sends.endCooldown(trx, mailboxKey(keys.ofStored(right.contact)));
        return await effect(trx, right.contact, right.registration);
      });
    },

    async idOfNone({ contract, purpose, subject }, client) {
      const { key } = await askerOf(store, client);
      return uuidOf(deps.keyedHash(['none', contract, purpose, subject, key].join('\n')));
    },

    isOpen: (key) => isWaitedFor(store, key, clock.now()),
    cleanUp: (agoMs) => deleteExpired(store, clock.now(), agoMs),
  };
}

/** @param hash at least 32 hex digits. */
function uuidOf(hash: string): string {
  const [, a, b, c, d, e] = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(hash) ?? [];
  return `${a}-${b}-4${c}-8${d}-${e}`;
}

const ANY = sql<SqlBool>`1 = 1`;

/** It proves an account's contact and activates nothing that anybody typed: good from any client. */
function isFromAnywhere({ purpose }: ChallengeKey): boolean {
  return purpose !== 'register';
}

function isOwnOf({ key, registrations = [] }: GivenCode, asker: Asker): RawBuilder<SqlBool> {
  if (isFromAnywhere(key)) return isOwnChallenge(asker);
  if (registrations.length > 0) return sql<SqlBool>`(${isOf(registrations)} AND ${isOwnChallenge(asker)})`;
  return sql<SqlBool>`(challenges.registration IS NULL AND ${isOwnChallenge(asker)})`;
}

/** Whoever asked for it: one that is good from any client, or one for a registration that this client may finish. Null: only its own. */
function mayBeMeantBy({ key, registrations = [] }: GivenCode): RawBuilder<SqlBool> | null {
  if (isFromAnywhere(key)) return ANY;
  return registrations.length > 0 ? isOf(registrations) : null;
}

function isOf(registrations: string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`challenges.registration IN (${sql.join(registrations)})`;
}
