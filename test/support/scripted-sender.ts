import type { OutgoingMessage, Receipt } from '../../src/channels/channel.js';
import type { Sender, SenderStatus } from '../../src/channels/sender.js';
import type { Clock } from '../../src/clock.js';

/** A sender whose every answer the test gives: for what the delivery does with it, on a settable clock. */
export interface ScriptedSender extends Sender {
  /** Everything that was written, in order. */
  written: { messageId: string; recipient: string; text: string; at: number }[];
  /** Every number that was asked about, in order. */
  learnt: string[];
  /** Answers the next sends; the default accepts after `sendMs`. */
  answer: (message: OutgoingMessage) => Promise<number>;
  set(change: Partial<SenderStatus>): void;
  report(receipt: Receipt): void;
  /** Somebody may be written to from now on. */
  reach(...phones: string[]): void;
}

/** A paired number, with nothing to tell. */
export function readyStatus(since: number): SenderStatus {
  return {
    state: 'READY',
    since,
    troubleSince: null,
    failedAttempts: 0,
    retriesExhausted: false,
    givenUp: false,
    restricted: false,
    restriction: null,
    isChecked: false,
    quota: null,
    lockedAt: null,
    linkedAt: null,
    detail: null,
    qr: null,
    qrExpiresAt: null,
    pairingCode: null,
    me: '+15550000000',
    paired: true,
    need: null,
    restrictedUntil: null,
    nextAttemptAt: null,
    openSince: since,
  };
}

export function createScriptedSender(clock: Clock, sendMs = 500): ScriptedSender {
  const statusListeners = new Set<(status: SenderStatus) => void>();
  const reachableListeners = new Set<(phones: string[], haveWritten: boolean) => void>();
  const receiptListeners = new Set<(receipt: Receipt) => void>();
  let status: SenderStatus = { ...readyStatus(clock.now()), openSince: clock.now() - 60_000 };
  const sender: ScriptedSender = {
    written: [],
    learnt: [],
    answer: () => new Promise((resolve) => clock.after(sendMs, () => resolve(clock.now()))),
    set(change) {
      const restricted = (change.state ?? status.state) === 'RESTRICTED';
      status = { ...status, restricted, restriction: restricted ? 'reach_out_lock' : null, ...change };
      for (const listener of statusListeners) listener(status);
    },
    report(receipt) {
      for (const listener of receiptListeners) listener(receipt);
    },
    reach(...phones) {
      for (const listener of reachableListeners) listener(phones, false);
    },
    async send(message) {
      if (!(await message.beforeWrite())) throw new Error('the write was refused');
      const { messageId, recipient, text } = message;
      sender.written.push({ messageId, recipient, text, at: clock.now() });
      return { acceptedAt: await sender.answer(message) };
    },
    status: () => status,
    onStatus: (listener) => subscribe(statusListeners, listener),
    onReachable: (listener) => subscribe(reachableListeners, listener),
    onReceipt: (listener) => subscribe(receiptListeners, listener),
    async learn(phone) {
      sender.learnt.push(phone);
    },
    async load() {},
    start() {},
    async reload() {},
    async logout() {},
    async requestPairingCode() {
      return 'ABCD-EFGH';
    },
    attend() {},
    async stop() {},
  };
  return sender;
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
