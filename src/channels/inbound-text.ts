/** A text that somebody wrote to one of our numbers. It is stored nowhere and written to no log. */
export interface InboundText {
  /** The channel's own; the same text may come in more than once. */
  messageId: string;
  text: string;
  from: Writer;
  /** By the channel's own time, Unix ms, in whole seconds. */
  sentAt: number;
  arrivedAt: number;
  /** It waited while we were away. */
  isLate: boolean;
}

/** Who wrote, as the message itself says it, and nothing that was known before. One of `jid` and `lid` is there. */
export interface Writer {
  /** `…@s.whatsapp.net`: the number in WhatsApp's spelling; null: the message does not tell it. */
  jid: string | null;
  /** The number in `jid`, E.164. */
  phone: string | null;
  /** `…@lid` */
  lid: string | null;
}
