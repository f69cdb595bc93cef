import type { Store } from '../../../database/schema.js';
import type { Writer } from '../../channels/inbound-text.js';
import { type Clock, sleep } from '../../clock.js';

/** Whether whoever wrote has a number: `unknown` when WhatsApp has not said so. */
export type Proven = 'same' | 'other' | 'unknown';

/**
 * Proves numbers by what a message itself says of its writer, or by asking WhatsApp at this moment. What was known before
 * proves nothing: a number may have another owner by now.
 */
export interface SenderProof {
  prove(writer: Writer, contact: string): Promise<Proven>;
  /** The numbers that are the writer's, of those that it may have. */
  candidates(writer: Writer): Promise<string[]>;
}

/** WhatsApp's answer about a number, at this moment; null: there is no such account; undefined: no answer. */
export type Identify = (phone: string) => Promise<{ jid: string; lid: string | null } | null | undefined>;

/** The text comes only once: a look-up that fails is tried again. */
const TRIES = 3;
const BETWEEN_TRIES_MS = 2_000;

export function createSenderProof(deps: {
  store: Store;
  clock: Clock;
  identify: Identify;
  spellingsOf(phone: string): string[];
}): SenderProof {
  const { store, clock, identify, spellingsOf } = deps;

  async function answer(contact: string): ReturnType<Identify> {
    for (let tries = 1; ; tries++) {
      const address = await identify(contact);
      if (address !== undefined || tries === TRIES) return address;
      await sleep(clock, BETWEEN_TRIES_MS);
    }
  }

  return {
    async prove({ jid, lid, phone }, contact) {
      if (phone === contact) return 'same';
      const address = await answer(contact);
      if (address === undefined) return 'unknown';
      const isSame = address !== null && (address.jid === jid || (lid !== null && address.lid === lid));
      return isSame ? 'same' : 'other';
    },

    async candidates({ phone, lid }) {
      if (phone !== null) return spellingsOf(phone);
      if (lid === null) return [];
      const rows = await store
        .selectFrom('recipients')
        .select('recipient')
        .distinct()
        .where('lid', '=', lid)
        .where('recipient', 'like', '+%')
        .execute();
      return rows.map(({ recipient }) => recipient);
    },
  };
}
