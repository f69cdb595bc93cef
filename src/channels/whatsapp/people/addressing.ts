import { isLid } from '../jid.js';
import type { Reached } from '../socket/send-text.js';

/**
 * Whether messages go to LIDs, as WhatsApp's clients send them, or to numbers: some registrations have every message to a
 * LID refused (400). Learnt from the acks, and remembered for the sender.
 */
export interface Addressing {
  /** What the last run knew. */
  load(byNumberSince: number | null): void;
  /** The address for this message. */
  choose(messageId: string, reached: Reached): Reached;
  /** WhatsApp has refused the address (400). */
  refused(messageId: string): void;
  accepted(messageId: string): void;
}

/** How many messages are remembered; the oldest are dropped first. */
const REMEMBERED = 1_000;

/** @param store remembers since when messages go to numbers, Unix ms; null: they do not. */
export function createAddressing(deps: {
  now(): number;
  store(byNumberSince: number | null): unknown;
}): Addressing {
  /** Where messages went that were neither accepted nor given up yet. */
  const written = new Map<string, string>();
  /** Those that were refused by LID. */
  const toNumber = new Set<string>();
  let byNumber = false;

  function prefer(number: boolean): void {
    if (byNumber === number) return;
    byNumber = number;
    deps.store(number ? deps.now() : null);
  }

  return {
    load(byNumberSince) {
      byNumber = byNumberSince !== null;
    },
    choose(messageId, { to, number }) {
      const chosen = number !== null && (byNumber || toNumber.has(messageId)) ? number : to;
      if (written.size >= REMEMBERED) written.clear();
      written.set(messageId, chosen);
      return { to: chosen, number };
    },
    refused(messageId) {
      const to = written.get(messageId);
      if (to === undefined) return;
      if (!isLid(to)) return prefer(false);
      if (toNumber.size >= REMEMBERED) toNumber.clear();
      toNumber.add(messageId);
    },
    accepted(messageId) {
      const to = written.get(messageId);
      if (to !== undefined && !isLid(to) && toNumber.has(messageId)) prefer(true);
      written.delete(messageId);
      toNumber.delete(messageId);
    },
  };
}
