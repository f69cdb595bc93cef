import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { SealBroken, type Sealer } from '../sealing.js';

/** What a job keeps sealed until its code expires. */
export interface Body {
  code: string;
  text: string;
}

export function sealBody(sealer: Sealer, body: Body, messageId: string): string {
  return sealer.seal(JSON.stringify(body), messageId);
}

/** Null when the body has been wiped, or was sealed with another key. */
export function openBody(sealer: Sealer, sealed: string | null, messageId: string): Body | null {
  if (sealed === null) return null;
  try {
    return JSON.parse(sealer.open(sealed, messageId)) as Body;
  } catch (error) {
    if (error instanceof SealBroken) return null;
    throw error;
  }
}

/** Finds the text of a message while its code is valid: the recipient's phone may ask for it again. */
export function createTextLookup(deps: { store: Store; clock: Clock; bodySealer: Sealer }) {
  return async function textOfMessage(messageId: string): Promise<string | null> {
    const row = await deps.store
      .selectFrom('jobs')
      .select('body')
      .where('message_id', '=', messageId)
      .where('claimed_at', 'is not', null)
      .where('expires_at', '>', deps.clock.now())
      .executeTakeFirst();
    return openBody(deps.bodySealer, row?.body ?? null, messageId)?.text ?? null;
  };
}
