import { normalizeMessageContent, proto, unpadRandomMax16 } from '@whiskeysockets/baileys';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import { createTurns } from '../../../one-at-a-time.js';
import { lidJid, parseJid, pnJid } from '../nodes.js';
import type { PostOffice } from '../post-office.js';
import type { DeviceAddress, Envelope, ReceivedMessage, Subscriber } from '../state.js';
import { deliveryReceipt, readReceipt, retryReceipt, senderReceipt } from './receipts.js';
import type { Signal } from './signal.js';

/** A phone asks for the same message this often before it shows "waiting for this message" for good. */
const MAX_RETRIES = 5;

/** How a handset takes what arrives: decrypts it, confirms it, or asks for it again. */
export interface Reception {
  /** One at a time, in the order of arrival; waits in the inbox while the handset is offline. */
  receive(envelope: Envelope): void;
  confirm(message: ReceivedMessage): void;
  markRead(message: ReceivedMessage): void;
  /** Sends a retry receipt from `address` with keys for a new session. */
  askAgain(messageId: string, sender: DeviceAddress, address: string): void;
}

export interface ReceptionParts {
  subscriber: Subscriber;
  signal: Signal;
  post: PostOffice;
  clock: Clock;
  log: Log;
  onMessage(message: ReceivedMessage): void;
}

export function createReception(parts: ReceptionParts): Reception {
  const { subscriber, signal, post, clock, log, onMessage } = parts;
  const inTurn = createTurns();

  const addressFor = (chat: string) =>
    parseJid(chat)?.server === 'lid' ? lidJid(subscriber.lid) : pnJid(subscriber.user);

  const keep = (envelope: Envelope, text: string): ReceivedMessage => {
    const { id, sender, chat } = envelope;
    const known = subscriber.messages.find((message) => message.id === id);
    if (known) {
      known.copies += 1;
      return known;
    }
    const address = addressFor(chat);
    const message = { id, sender, address, text, at: clock.now(), copies: 1, read: false };
    subscriber.messages.push(message);
    subscriber.shown = true;
    return message;
  };

  const about = ({ id, address }: ReceivedMessage) => ({ id, from: address, at: clock.now() });
  const confirm = (message: ReceivedMessage) => post.deliver(message.sender, deliveryReceipt(about(message)));
  const markRead = (message: ReceivedMessage) => {
    message.read = true;
    post.deliver(message.sender, readReceipt(about(message)));
  };

  const askAgain = (id: string, sender: DeviceAddress, from: string) => {
    const count = (subscriber.retries[id] ?? 0) + 1;
    if (count > MAX_RETRIES) return;
    subscriber.retries[id] = count;
    post.deliver(sender, retryReceipt({ id, from, at: clock.now() }, count, signal.retryKeys()));
  };

  const open = async (envelope: Envelope): Promise<ReceivedMessage | null> => {
    const { id, sender, chat } = envelope;
    const padded = await signal.decrypt(sender, envelope.type, envelope.ciphertext);
    const content = normalizeMessageContent(proto.Message.decode(unpadRandomMax16(padded)));
    if (sender.user === subscriber.user) {
      post.deliver(sender, senderReceipt({ id, from: addressFor(chat), at: clock.now() }, chat));
      return null;
    }
    const message = keep(envelope, content?.conversation || content?.extendedTextMessage?.text || '');
    if (subscriber.autoDeliver) confirm(message);
    if (subscriber.autoRead) markRead(message);
    return message;
  };

  const take = async (envelope: Envelope) => {
    const message = await open(envelope).catch((error) => {
      log.info('simulated WhatsApp: a handset asks for a message again', { cause: String(error) });
      askAgain(envelope.id, envelope.sender, addressFor(envelope.chat));
      return null;
    });
    if (message) onMessage(message);
  };

  return {
    receive(envelope) {
      if (!subscriber.online) subscriber.inbox.push(envelope);
      else void inTurn(() => take(envelope));
    },
    confirm,
    markRead,
    askAgain,
  };
}
