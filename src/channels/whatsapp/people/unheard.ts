/** Which people take message after message without a sign that one has arrived. */
export interface Unheard {
  writing(phone: string, messageId: string): void;
  /** WhatsApp has accepted the message; more than once is once. */
  accepted(messageId: string): void;
  /** A handset has it. */
  arrived(messageId: string): void;
  /** Several messages in a row were accepted, and none has arrived. */
  isSilent(phone: string): boolean;
  /** The address has been asked for anew: counts from the start. */
  forget(phone: string): void;
}

const MAX_UNHEARD = 3;
/** Of more people and messages nothing is remembered; the oldest go first. */
const REMEMBERED = 2_000;

/** In memory only: after a restart counting starts anew. */
export function createUnheard(): Unheard {
  const recipients = new Map<string, string>();
  const waiting = new Map<string, Set<string>>();
  return {
    writing: (phone, messageId) => put(recipients, messageId, phone),
    accepted(messageId) {
      const phone = recipients.get(messageId);
      if (phone !== undefined) put(waiting, phone, new Set(waiting.get(phone)).add(messageId));
    },
    arrived(messageId) {
      const phone = recipients.get(messageId);
      recipients.delete(messageId);
      if (phone !== undefined) waiting.delete(phone);
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
