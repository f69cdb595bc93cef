import { encodeWAMessage, type proto } from '@whiskeysockets/baileys';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import { digits, e164, lidJid, type Node, node, pnJid } from '../nodes.js';
import { type PostOffice, seconds, stanzaId } from '../post-office.js';
import type { Device, Envelope, ReceivedMessage, Subscriber } from '../state.js';
import { deliveryReceipt, readReceipt } from './receipts.js';
import { createReception } from './reception.js';
import { createSignal } from './signal.js';
import { createWriting, type Writing } from './writing.js';

/** A text as a handset shows it. */
export interface Message {
  id: string;
  /** E.164 with `+`. */
  to: string;
  from: string;
  text: string;
  /** ISO 8601. */
  at: string;
  /** How often it arrived: 1 plus the resends with the same id. */
  copies: number;
}

/** A simulated phone with real Signal keys. */
export interface Handset {
  /** E.164 with `+`. */
  readonly number: string;
  /** Its LID as a JID, as it is now. */
  readonly lid: string;
  messages(): Message[];
  /** Sends a delivery receipt for each message. */
  autoDeliver: boolean;
  /** Sends a read receipt for each message. */
  autoRead: boolean;
  /** While false, messages wait on the server: no decryption, no receipt. */
  online: boolean;
  /** A delivery receipt for this message, whatever `autoDeliver` says. */
  confirm(messageId: string): void;
  /** The person opens the chat: a read receipt for this message, or for all unread ones. */
  read(messageId?: string): void;
  /** The person has blocked whoever writes: messages are acked and reach the handset no more. */
  blocks: boolean;
  /** The chats are kept off linked devices ("restricted chat"): the same to be seen from outside. */
  keepsToPhones: boolean;
  /** Its app gives the gateway of the number `to` (E.164) a token, issued at `at` (Unix ms; default: now). */
  giveToken(to: string, at?: number): void;
  /**
   * The person writes to the gateway that wrote last, or to `to` (E.164): the chat is answered, and the gateway gets a token
   * as the settings say.
   */
  reply(text: string, to?: string): Promise<void>;
  /** Like `reply`, in any form and to be named in any way; resolves with the id of the text. */
  write: Writing['write'];
  /**
   * Asks the sender for the message once more, with keys for a new session; five times at most.
   * `address`: which of its addresses the receipt names; default: the one the sender used.
   */
  requestRetry(messageId: string, address?: 'pn' | 'lid'): void;
  /**
   * Somebody who knows the id of a message that others got: "delivered", "read", or "send it to me again", to the gateway
   * of the number `to` (E.164).
   */
  forge(kind: 'delivered' | 'read' | 'retry', messageId: string, to: string): void;
  /** The app is installed again: new identity, no sessions; what is encrypted for the old ones triggers retries. */
  reinstall(): void;
}

export interface HandsetParts {
  subscriber: Subscriber;
  post: PostOffice;
  clock: Clock;
  log: Log;
  onMessage(message: Message): void;
  /** The handset has written to this user (digits). */
  onReply(to: string): void;
  giveToken(to: string, at?: number): void;
}

/** The handset, and what the server needs from it. */
export interface HandsetInside {
  handset: Handset;
  subscriber: Subscriber;
  receive(envelope: Envelope): void;
  /** Sends content to a linked device, encrypted; `attrs` are added to the stanza's. */
  write(device: Device, content: proto.IMessage, attrs?: Record<string, string>): Promise<void>;
  repeat: Writing['repeat'];
  bundle(): Node[];
  identity(): { public: Uint8Array; private: Uint8Array };
}

export function createHandset({
  subscriber,
  post,
  clock,
  log,
  onMessage,
  onReply,
  giveToken,
}: HandsetParts): HandsetInside {
  const signal = createSignal(subscriber);
  const own = {
    pn: pnJid(subscriber.user),
    get lid() {
      return lidJid(subscriber.lid);
    },
  };
  const number = e164(subscriber.user);

  const shown = ({ id, sender, text, at, copies }: ReceivedMessage): Message => {
    return { id, to: number, from: e164(sender.user), text, at: new Date(at).toISOString(), copies };
  };
  const reception = createReception({
    subscriber,
    signal,
    post,
    clock,
    log,
    onMessage: (message) => onMessage(shown(message)),
  });

  const writing = createWriting({ subscriber, signal, post, clock, onReply });

  const find = (messageId: string): ReceivedMessage => {
    const message = subscriber.messages.find(({ id }) => id === messageId);
    if (!message) throw new Error('The handset has no message with this id');
    return message;
  };

  const write: HandsetInside['write'] = async (device, content, attrs = {}) => {
    const { type, ciphertext } = await signal.encrypt(device, encodeWAMessage(content), device.bundle);
    const addresses = { from: own.lid, sender_pn: own.pn };
    const head = { id: stanzaId(), ...addresses, type: 'text', t: seconds(clock.now()), ...attrs };
    post.deliver(device, node('message', head, [node('enc', { v: '2', type }, ciphertext)]));
  };

  const handset: Handset = {
    number,
    get lid() {
      return own.lid;
    },
    messages: () => subscriber.messages.map(shown),
    get autoDeliver() {
      return subscriber.autoDeliver;
    },
    set autoDeliver(on) {
      subscriber.autoDeliver = on;
    },
    get autoRead() {
      return subscriber.autoRead;
    },
    set autoRead(on) {
      subscriber.autoRead = on;
    },
    get online() {
      return subscriber.online;
    },
    set online(on) {
      subscriber.online = on;
      if (on) for (const envelope of subscriber.inbox.splice(0)) reception.receive(envelope);
    },
    get blocks() {
      return subscriber.blocks;
    },
    set blocks(on) {
      subscriber.blocks = on;
    },
    get keepsToPhones() {
      return subscriber.keepsToPhones;
    },
    set keepsToPhones(on) {
      subscriber.keepsToPhones = on;
    },
    giveToken: (to, at) => giveToken(digits(to), at),
    confirm(messageId) {
      reception.confirm(find(messageId));
    },
    read(messageId) {
      const unread = messageId ? [find(messageId)] : subscriber.messages.filter((message) => !message.read);
      for (const message of unread) reception.markRead(message);
    },
    async reply(text, to) {
      await writing.write(text, to ? { to } : {});
    },
    write: writing.write,
    requestRetry(messageId, address) {
      const message = find(messageId);
      reception.askAgain(messageId, message.sender, address ? own[address] : message.address);
    },
    forge(kind, messageId, to) {
      const about = { id: messageId, from: own.pn, at: clock.now() };
      for (const device of post.devicesOf(digits(to))) {
        if (kind === 'retry') reception.askAgain(messageId, device, own.pn);
        else post.deliver(device, kind === 'read' ? readReceipt(about) : deliveryReceipt(about));
      }
    },
    reinstall: () => signal.reset(),
  };

  return {
    handset,
    subscriber,
    receive: reception.receive,
    write,
    repeat: writing.repeat,
    bundle: signal.bundle,
    identity: signal.identity,
  };
}
