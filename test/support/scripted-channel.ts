import { ChannelError, type OutgoingMessage, type Receipt } from '../../src/channels/channel.js';
import type { Clock } from '../../src/clock.js';
import type { Channel } from '../../src/delivery/channels.js';
import type { Closure, Obstacle } from '../../src/delivery/outlet.js';

/** A further channel to phones, whose every answer the test gives. */
export interface ScriptedChannel {
  channel: Channel;
  /** Everything that was handed over, in order. */
  written: { messageId: string; recipient: string; text: string; at: number }[];
  /** Rejects the next messages with these reasons; the others are accepted. */
  rejects: ('rejected_by_mail_server' | 'not_on_whatsapp')[];
  /** Why nothing goes out. */
  closed: Closure | null;
  /** Why nothing goes out to this recipient. */
  refuses: Map<string, Obstacle>;
  report(receipt: Receipt): void;
}

export function createScriptedChannel(clock: Clock, name = 'sms'): ScriptedChannel {
  const receiptListeners = new Set<(receipt: Receipt) => void>();
  let ids = 0;
  const scripted: ScriptedChannel = {
    written: [],
    rejects: [],
    closed: null,
    refuses: new Map(),
    report(receipt) {
      for (const listener of receiptListeners) listener(receipt);
    },
    channel: {
      name,
      reaches: 'phone',
      costs: true,
      sender: name,
      tracksRecipients: false,
      rules: { ttlMs: 300_000, minSendDelayMs: 0, maxSendDelayMs: 0, maxAttempts: 2, maxWrites: 1 },
      newMessageId: () => `${name}-${++ids}-${Math.random()}`,
      outlet: {
        async send(message: OutgoingMessage) {
          if (!(await message.beforeWrite())) throw new Error('the write was refused');
          const { messageId, recipient, text } = message;
          scripted.written.push({ messageId, recipient, text, at: clock.now() });
          const reason = scripted.rejects.shift();
          if (reason) throw new ChannelError('reject', reason, 'No such number.', false);
          return { acceptedAt: clock.now() };
        },
        openSince: () => (scripted.closed ? null : 0),
        closure: () => scripted.closed,
        warmOnly: () => false,
        isCold: async () => false,
        isSilent: async () => false,
        coldAllowance: () => null,
        async shutOut(recipient) {
          const obstacle = scripted.refuses.get(recipient);
          return obstacle ? { leftMs: Number.POSITIVE_INFINITY, obstacle } : null;
        },
        shutOutUntil: () => null,
        refused() {},
        onChange: () => () => {},
        onReachable: () => () => {},
        onReceipt(listener) {
          receiptListeners.add(listener);
          return () => void receiptListeners.delete(listener);
        },
      },
    },
  };
  return scripted;
}
