import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';

/** Which of our messages a provider means by a number of its own, for as long as receipts may come. */
export interface ProviderIds {
  /** Never rejects: the message is out, whatever becomes of its receipts. */
  note(providerId: string, message: { messageId: string }): Promise<void>;
  find(providerId: string): Promise<string | null>;
}

const CHANNEL = 'sms';
/** The longest that a network keeps a message for a phone that is off. */
const KEPT_MS = 3 * 24 * 60 * 60_000;
const CLEAN_UP_MS = 60 * 60_000;
/** Nothing that a provider calls a message is longer. */
const MAX_LENGTH = 200;

export function createProviderIds(deps: { store: Store; clock: Clock; log: Log }): ProviderIds {
  const { store, clock, log } = deps;
  let cleanedUpAt = Number.NEGATIVE_INFINITY;

  async function cleanUp(): Promise<void> {
    if (clock.elapsed() - cleanedUpAt < CLEAN_UP_MS) return;
    cleanedUpAt = clock.elapsed();
    const now = clock.now();
    await store
      .deleteFrom('provider_messages')
      .where((eb) => eb.or([eb('expires_at', '<=', now), eb('expires_at', '>', now + KEPT_MS)]))
      .execute();
  }

  return {
    async note(providerId, { messageId }) {
      if (providerId.length > MAX_LENGTH) return;
      const row = { message_id: messageId, expires_at: clock.now() + KEPT_MS };
      try {
        await store
          .insertInto('provider_messages')
          .values({ channel: CHANNEL, provider_id: providerId, ...row })
          .onConflict((conflict) => conflict.columns(['channel', 'provider_id']).doUpdateSet(row))
          .execute();
        await cleanUp();
      } catch (error) {
        log.error('which message the SMS provider means could not be stored; its receipts are lost', {
          error,
        });
      }
    },

    async find(providerId) {
      const row = await store
        .selectFrom('provider_messages')
        .select('message_id')
        .where('channel', '=', CHANNEL)
        .where('provider_id', '=', providerId)
        .executeTakeFirst();
      return row?.message_id ?? null;
    },
  };
}
