import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { GATEWAY } from '../../delivery/job.js';
import type { NewJob } from '../../delivery/queue/new-job.js';
import { AppError } from '../../errors.js';
import type { Limits, Use } from '../../limits/index.js';
import type { CodeAnswer } from '../code-answer.js';
import type { Idempotency, IdempotencyClaim } from '../idempotency.js';
import { orStoreUnavailable } from '../or-store-unavailable.js';
import type { OwnTexts } from '../texts/own-texts.js';
import { createSharedUses } from '../verifications/counted.js';
import type { IsMissing } from './missing-numbers.js';

/** A code that somebody else has made and checks. */
export interface HandedCode {
  /** In the form of `NewJob.caller`. */
  caller: string;
  /** E.164, or an address in lower case. */
  contact: { kind: 'phone' | 'email'; value: string };
  /** `HANDED_CODE` */
  code: string;
  /** The names of the channels; left out: those of every code. */
  route?: readonly string[];
  /** BCP 47. */
  locale?: string;
  ttlMs: number;
  /** The caller has a text of its own. */
  hasText: boolean;
  /** As `NewJob.requestId`. */
  requestId?: string;
  /** The person's network address; null: not known, and nothing is counted by it. */
  address: string | null;
  /** The same for the same code, handed over again: it is sent once in `forMs`. */
  once: { key: string; forMs: number };
}

/** As `CodeIssuer.issue`. */
type Issue = (
  order: Pick<HandedCode, 'caller' | 'contact' | 'code' | 'route' | 'locale' | 'ttlMs' | 'requestId'> & {
    purpose: string;
    length: number;
    silent: boolean;
  },
  idempotency: (answer: CodeAnswer) => NonNullable<NewJob['idempotency']>,
) => Promise<unknown>;

/** Not every server keeps to digits. */
export const HANDED_CODE = /^[0-9A-Za-z][0-9A-Za-z-]{3,15}$/;

export interface HandedCodes {
  /**
   * Resolves once the message is durable, with false for a double. Rejects like `CodeIssuer.issue`, with rate_limited, and
   * with phone_number_invalid for a number that is not on WhatsApp; a double that comes while the first is under way shares its fate.
   */
  take(code: HandedCode): Promise<boolean>;
  /** What a log may have instead of a key of `once`. */
  markOf(caller: string, key: string): string;
}

const MARK_LENGTH = 8;

export function createHandedCodes(deps: {
  store: Store;
  clock: Clock;
  issuer: { issue: Issue };
  idempotency: Pick<Idempotency, 'claimOf' | 'stored' | 'seal'>;
  limits: Pick<Limits, 'count'>;
  ownTexts: OwnTexts;
  isMissing: IsMissing;
  /** As `Persons.personOf`. */
  personOf(phone: string): string;
}): HandedCodes {
  const { clock, issuer, idempotency, limits, ownTexts } = deps;
  const sharedUses = createSharedUses(deps);
  /** By the id of the claim. */
  const underWay = new Map<string, Promise<boolean>>();

  const claimOf = (caller: string, key: string) => idempotency.claimOf(caller, `handed ${key}`, '');

  async function usesOf({ caller, contact, address }: HandedCode): Promise<Use[]> {
    const shared = await sharedUses({ contact, address, isTest: false, each: contact.value });
    return [{ rule: 'hook-codes', of: caller }, ...shared];
  }

  async function issue(handed: HandedCode, claim: IdempotencyClaim): Promise<boolean> {
    const { hasText, address: _, once, ...order } = handed;
    if ((await idempotency.stored(claim)) !== null) return false;
    if (order.contact.kind === 'phone' && (await deps.isMissing(order.contact.value, order.route))) {
      throw new AppError('phone_number_invalid', 'This number is not on WhatsApp.');
    }
    if (hasText && ownTexts.of(order.caller).size === 0) await ownTexts.load();
    const counted = await limits.count(await usesOf(handed));
    const { length } = order.code;
    try {
      const expiresAt = clock.now() + once.forMs;
      await issuer.issue({ ...order, purpose: GATEWAY, length, silent: false }, (answer) => ({
        ...idempotency.seal(claim, answer),
        expiresAt,
      }));
      return true;
    } catch (error) {
      await counted.giveBack();
      // Another process was faster, and has stored it.
      if (error instanceof AppError && error.code === 'idempotency_key_in_flight') return false;
      throw error;
    }
  }

  return {
    async take(handed) {
      const claim = claimOf(handed.caller, handed.once.key);
      const first = underWay.get(claim.id);
      if (first) return first.then(() => false);
      const taken = orStoreUnavailable(issue(handed, claim));
      underWay.set(claim.id, taken);
      try {
        return await taken;
      } finally {
        underWay.delete(claim.id);
      }
    },

    markOf: (caller, key) => claimOf(caller, key).id.slice(0, MARK_LENGTH),
  };
}
