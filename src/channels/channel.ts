/** How a channel sends. It says what kind of failure occurred; pacing, retries and database rows are not its concern. */
export interface Transport {
  /**
   * Resolves when the other side has confirmed the message (WhatsApp: the server's ack, or a receipt; e-mail: the mail
   * server has accepted it). Rejects with a `ChannelError`. Stays pending while a written message is unconfirmed and the
   * connection is open.
   */
  send(message: OutgoingMessage): Promise<Acceptance>;
}

export interface OutgoingMessage {
  /** Chosen when the job was created; every resend carries the same one. */
  messageId: string;
  /** E.164 with `+`, or an e-mail address. */
  recipient: string;
  text: string;
  /** The code that is in the text; empty: it carries none. */
  code: string;
  /** Unix ms: later it is worth nothing. */
  expiresAt: number;
  /** The language of the text (BCP 47), if it was chosen. */
  locale?: string;
  /** What stands above the text, where there is a place for that; by default the channel's own words. */
  subject?: string;
  /** Called right before the first byte may leave the process; `false` means: do not write. */
  beforeWrite(): Promise<boolean>;
}

export interface Acceptance {
  acceptedAt: number;
}

/** `retry`: count it and try again; `wait`: not connected, do not count it; `reject`: never again. */
export type FailureKind = 'retry' | 'wait' | 'reject';

/** Why a message did not go out, as a code. */
export type ChannelFailure =
  | 'not_on_whatsapp'
  | 'reach_out_restricted'
  | 'rejected_by_whatsapp'
  | 'rejected_by_mail_server'
  | 'rejected_by_provider'
  | 'sender_logged_out'
  | 'sender_banned'
  | 'not_connected'
  | 'transport'
  | 'not_written';

export class ChannelError extends Error {
  override readonly name = 'ChannelError';

  /**
   * @param message one sentence for an operator; no code, no text, no key.
   * @param mayHaveArrived the bytes may have been written before the failure: receipts may still come.
   */
  constructor(
    readonly kind: FailureKind,
    readonly failure: ChannelFailure,
    message: string,
    readonly mayHaveArrived: boolean,
    cause?: unknown,
    /** Not to be tried again sooner, as the other side asked. */
    readonly retryAfterMs = 0,
  ) {
    super(message, { cause });
  }
}

/** What the other side reported about a message, at any time: even after a restart, even out of order. */
export type Receipt = ReceiptOf & (Arrival | Failing);

export interface Arrival {
  kind: 'accepted' | 'delivered' | 'read';
}

/** The message was taken and did not arrive. */
export interface Failing {
  kind: 'failed';
  /** For an operator: no code, no text, no number. */
  reason: string;
  /** It never will; otherwise it is still being tried. */
  final: boolean;
}

interface ReceiptOf {
  messageId: string;
  at: number;
  /** Absent: the channel's own server, or our own account. A receipt of anybody but the recipient counts for nothing. */
  from?: Reporter;
}

/** Somebody who reports about a message, or asks for it again. */
export interface Reporter {
  /** The channel's address of the person, without a device. */
  address: string;
  /** The number in that address, E.164 with `+`; null: it holds none. */
  phone: string | null;
}
