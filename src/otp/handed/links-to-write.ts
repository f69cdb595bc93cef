import { AppError } from '../../errors.js';
import type { Verifications } from '../verifications/verification.js';
import { WRITTEN_ON } from '../written-on.js';

/**
 * Links for people who have to write first before a code of somebody else can reach them: what they write proves that the
 * number is theirs, and from then on codes may be pushed to them.
 */
export interface LinksToWrite {
  /**
   * The link for this number (E.164): the same one for whoever asks again. Null: nobody can write first now. Rejects with
   * store_unavailable alone.
   * @param address as `VerificationOrder.address`.
   */
  linkFor(whom: {
    caller: string;
    phone: string;
    locale: string | null;
    address: string | null;
    /** As `NewJob.requestId`. */
    requestId: string | undefined;
  }): Promise<string | null>;
}

/** The refusals that a person can do something about by writing. */
export const WRITING_HELPS: ReadonlySet<string> = new Set([
  'sender_restricted',
  'cold_budget_used',
  'opted_out',
]);

const LIFE_MS = 10 * 60_000;

export function createLinksToWrite({
  verifications,
}: {
  verifications: Pick<Verifications, 'start' | 'list'>;
}): LinksToWrite {
  return {
    async linkFor({ caller, phone, locale, address, requestId }) {
      try {
        const pending = await verifications.list(caller, {
          to: phone,
          status: 'pending',
          limit: 1,
          cursor: null,
        });
        const before = pending.verifications[0]?.userFirst;
        if (before) return before.link;
        const started = await verifications.start({
          caller,
          contact: { kind: 'phone', value: phone },
          channel: WRITTEN_ON,
          route: null,
          userFirst: 'only',
          proof: 'message',
          locale,
          codeLength: 6,
          ttlMs: LIFE_MS,
          action: null,
          client: null,
          address,
          metadata: null,
          returnUrl: null,
          test: null,
          admit: null,
          ...(requestId !== undefined && { requestId }),
        });
        return started.userFirst?.link ?? null;
      } catch (error) {
        if (error instanceof AppError && error.code !== 'store_unavailable') return null;
        throw error;
      }
    },
  };
}
