import { type Acceptance, ChannelError, type Receipt } from '../channel.js';
import { type Close, lossBy } from './close-codes.js';
import { jidOfPhone } from './jid.js';

/** The messages under way: each waits for the server's ack, a receipt, or the end of the connection. */
export interface Acks {
  /** The message with this id that is already under way, if there is one. */
  find(messageId: string): Promise<Acceptance> | undefined;
  begin(messageId: string, recipient: string): Flight;
  /** A receipt from anybody but the recipient is passed over. */
  accepted(receipt: Receipt): void;
  /** WhatsApp has accepted the message, but the address is no longer that of the number. */
  outdated(messageId: string): void;
  refused(messageId: string, error: number): void;
  connectionClosed(close: Close): void;
}

export interface Flight {
  /**
   * Resolves when WhatsApp has the message. Rejects with `AckRefused` or, when the connection ends first, with a
   * `ChannelError`.
   */
  readonly accepted: Promise<Acceptance>;
  /** From now on bytes may have left for this address: if the connection is lost, the message's fate is unknown. */
  writing(to: string): void;
  isAccepted(): boolean;
  /** The accepted message went to an outdated address. */
  isOutdated(): boolean;
  /** Waits for another ack: the message is written again, to another address. */
  renew(): void;
  /** The step's result, unless the connection ends first. */
  during<T>(step: Promise<T>): Promise<T>;
  end(): void;
}

/** WhatsApp's ack carried an error. */
export class AckRefused extends Error {
  override readonly name = 'AckRefused';
  constructor(readonly code: number) {
    super(`WhatsApp refused the message (${code}).`);
  }
}

interface Pending {
  /** Where the recipient is reached: by number, and where the message was written to. */
  addresses: ReadonlySet<string>;
  accepted: Promise<Acceptance>;
  resolve(acceptance: Acceptance): void;
  reject(error: Error): void;
  written: boolean;
  isAccepted: boolean;
  isOutdated: boolean;
}

export function createAcks(): Acks {
  const pending = new Map<string, Pending>();
  return {
    find: (messageId) => pending.get(messageId)?.accepted,
    begin(messageId, recipient) {
      const addresses = new Set([jidOfPhone(recipient)]);
      let message = createPending(addresses);
      pending.set(messageId, message);
      return {
        get accepted() {
          return message.accepted;
        },
        writing(to) {
          addresses.add(to);
          message.written = true;
        },
        isAccepted: () => message.isAccepted,
        isOutdated: () => message.isOutdated,
        renew() {
          message = { ...createPending(addresses), written: message.written };
          pending.set(messageId, message);
        },
        during: (step) => Promise.race([step, message.accepted.then(() => step)]),
        end: () => void pending.delete(messageId),
      };
    },
    accepted({ messageId, at, from }) {
      const message = pending.get(messageId);
      if (!message || (from && !message.addresses.has(from.address))) return;
      message.isAccepted = true;
      message.resolve({ acceptedAt: at });
    },
    outdated(messageId) {
      const message = pending.get(messageId);
      if (message) message.isOutdated = true;
    },
    refused: (messageId, error) => pending.get(messageId)?.reject(new AckRefused(error)),
    connectionClosed(close) {
      for (const message of pending.values()) message.reject(lost(close, message.written));
    },
  };
}

function createPending(addresses: ReadonlySet<string>): Pending {
  let resolve: Pending['resolve'] = () => {};
  let reject: Pending['reject'] = () => {};
  const accepted = new Promise<Acceptance>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // The connection may end before anything listens.
  accepted.catch(() => {});
  return { addresses, accepted, resolve, reject, written: false, isAccepted: false, isOutdated: false };
}

function lost(close: Close, written: boolean): ChannelError {
  const { kind, failure } = lossBy(close.code);
  const when = written ? 'before WhatsApp confirmed the message' : 'before the message was sent';
  return new ChannelError(kind, failure, `The connection ended ${when} (${close.reason}).`, written);
}
