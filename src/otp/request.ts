import { GATEWAY } from '../delivery/job.js';
import type { IssuedCode } from './code-answer.js';
import type { Idempotency } from './idempotency.js';
import type { CodeIssuer } from './issue.js';
import { orStoreUnavailable } from './or-store-unavailable.js';

export interface CodeRequest {
  /** On whose behalf, in the form of `NewJob.caller`. */
  caller: string;
  /** E.164. */
  recipient: string;
  wish?: CodeWish;
  /** As `NewJob.requestId`. */
  requestId?: string;
  /** Belongs to this caller: the same key from another caller is a different one. */
  idempotencyKey: string | null;
  /**
   * Counts a code that is about to be made, or rejects; a first answer that is given again is none. Resolves with a
   * function that takes it back if there was no code after all. Null: codes of this caller are not counted.
   */
  admit: (() => Promise<() => Promise<void>>) | null;
}

/** What a caller may choose; what is left out is as the settings have it. */
export interface CodeWish {
  route?: readonly string[];
  /** BCP 47. */
  locale?: string;
  ttlMs?: number;
  /** A code of the caller's own: `OTP_DIGITS`. */
  otp?: string;
}

export const OTP_DIGITS = /^[0-9]{4,10}$/;
/** The shortest and the longest life that a caller can choose. */
export const TTL_SECONDS = [60, 3_600] as const;

export interface CodeRequests {
  /**
   * Creates a code and queues its message; resolves once both are durable. Rejects with an `AppError`: that of `admit`,
   * queue_full, sender_*, sending_paused, channel_paused, cold_budget_used, blocked_prefix, channel_unavailable,
   * store_unavailable (503), idempotency_key_in_flight (409), idempotency_key_reused (422).
   */
  request(request: CodeRequest): Promise<IssuedCode>;
}

/** The gateway's codes: the caller checks them, so only the message is stored. */
export function createCodeRequests(deps: {
  issuer: Pick<CodeIssuer, 'issue'>;
  idempotency: Idempotency;
  settings: { length: number; ttlMs: number };
}): CodeRequests {
  const { issuer, idempotency } = deps;
  const { length, ttlMs } = deps.settings;

  return {
    async request({ caller, recipient, wish = {}, requestId, idempotencyKey, admit }) {
      const contact = { kind: 'phone' as const, value: recipient };
      const { otp: code, route, locale } = wish;
      const order = {
        caller,
        contact,
        purpose: GATEWAY,
        length,
        ttlMs: wish.ttlMs ?? ttlMs,
        route,
        locale,
        code,
        requestId,
        silent: false,
      };
      if (idempotencyKey === null) {
        if (admit === null) return await issuer.issue(order);
        return await orStoreUnavailable(admitted(admit, () => issuer.issue(order)));
      }
      const claim = idempotency.claimOf(caller, idempotencyKey, bodyOf(recipient, wish));
      const issue = () => issuer.issue(order, (answer) => idempotency.seal(claim, answer));
      const make = admit === null ? issue : () => admitted(admit, issue);
      return await orStoreUnavailable(idempotency.once(claim, make));
    },
  };
}

/** What makes two requests the same. */
function bodyOf(recipient: string, { route, locale, ttlMs, otp }: CodeWish): string {
  const chosen = [route, locale, ttlMs, otp];
  return chosen.every((each) => each === undefined) ? recipient : JSON.stringify([recipient, ...chosen]);
}

/** Makes a code that counts: what was counted is taken back when there is none after all. */
export async function admitted(
  admit: NonNullable<CodeRequest['admit']>,
  issue: () => Promise<IssuedCode>,
): Promise<IssuedCode> {
  const takeBack = await admit();
  try {
    return await issue();
  } catch (error) {
    // The caller is told why there is no code, not that it stays counted.
    await takeBack().catch(() => {});
    throw error;
  }
}
