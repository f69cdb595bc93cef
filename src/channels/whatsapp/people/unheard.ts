import type { Reporter } from '../../channel.js';

/** Counts messages to people for whom WhatsApp accepts message after message, with no sign that any has arrived. */
export interface Unheard {
  writing(recipient: { phone: string; address: string }, messageId: string): void;
  /** WhatsApp has accepted the message; repetitions do not count. */
  accepted(messageId: string): void;
  /** A handset has it; one of somebody else says nothing. */
  arrived(messageId: string, from?: Reporter): void;
  /** Several messages in a row were accepted and none has arrived. */
  isSilent(phone: string): boolean;
  /** The address was looked up again: starts counting from zero. */
  forget(phone: string): void;
}

const MAX_UNHEARD = 3;
/** How many people and messages are remembered; the oldest are dropped first. */
const REMEMBERED = 2_000;

/**
 * In memory only: after a restart, counting starts from zero.
 * @param onSilent called when somebody has become silent.
 */
export function createUnheard(onSilent: (phone: string) => void): Unheard {
  const recipients = new Map<string, { phone: string; address: string }>();
  const waiting = new Map<string, Set<string>>();
  return {
    writing: (recipient, messageId) => put(recipients, messageId, recipient),
    accepted(messageId) {
      const phone = recipients.get(messageId)?.phone;
      if (phone === undefined) return;
      const messages = new Set(waiting.get(phone));
      if (messages.has(messageId)) return;
      put(waiting, phone, messages.add(messageId));
      if (messages.size === MAX_UNHEARD) onSilent(phone);
    },
    arrived(messageId, from) {
      const known = recipients.get(messageId);
      if (!known || (from && from.address !== known.address && from.phone !== known.phone)) return;
      recipients.delete(messageId);
      waiting.delete(known.phone);
    },
    isSilent: (phone) => (waiting.get(phone)?.size ?? 0) >= MAX_UNHEARD,
    forget: (phone) => void waiting.delete(phone),
  };
}

function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > REMEMBERED ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
