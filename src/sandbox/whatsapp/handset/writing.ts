import { encodeWAMessage, type proto } from '@whiskeysockets/baileys';
import type { Clock } from '../../../clock.js';
import { digits, e164, type Node, node } from '../nodes.js';
import { type PostOffice, seconds } from '../post-office.js';
import type { Device, DeviceAddress, Subscriber } from '../state.js';
import { addressesOf, contentOf, type Form, isToGateway, type Naming, newTextId } from './letter.js';
import type { Signal } from './signal.js';

/** How a text gets to the gateway, if not plainly and now. */
export interface Letter {
  /** The gateway's number, E.164; by default the one that wrote last. */
  to?: string;
  form?: Form;
  /** How the stanza names who writes; by default `lid`, with the number. */
  naming?: Naming;
  /** Whom the handset's app names as the recipient beside the address: WhatsApp passes it on unchecked. */
  claims?: { peer_recipient_pn?: string; peer_recipient_lid?: string };
  /** By default a new one. */
  id?: string;
  /** When WhatsApp took it, Unix ms; by default now. */
  at?: number;
  /** How often it arrives, with the same id. */
  copies?: number;
  /** It cannot be decrypted until the gateway has asked for it again. */
  garbled?: boolean;
  /** The id of an earlier message, for forms that are about one. */
  about?: string;
}

/** How a handset sends to gateways. */
export interface Writing {
  /** Resolves with the id once it is with the server, which keeps it for a gateway that is away. */
  write(text: string, letter?: Letter): Promise<string>;
  /** A gateway could not read a text: it gets it once more. */
  repeat(to: DeviceAddress, id: string): Promise<void>;
}

/** How many texts a handset can send again. */
const KEPT = 100;

export function createWriting(parts: {
  subscriber: Subscriber;
  signal: Pick<Signal, 'encrypt'>;
  post: PostOffice;
  clock: Clock;
  /** The handset has written to this user (digits). */
  onReply(to: string): void;
}): Writing {
  const { subscriber, signal, post, clock } = parts;
  const sent = new Map<string, { content: proto.IMessage; attrs: Record<string, string> }>();

  async function put(
    device: Device,
    content: proto.IMessage,
    attrs: Record<string, string>,
    isGarbled = false,
  ): Promise<void> {
    const { type, ciphertext } = await signal.encrypt(device, encodeWAMessage(content), device.bundle);
    const enc: Node = node('enc', { v: '2', type }, isGarbled ? garbled(ciphertext) : ciphertext);
    post.deliver(device, node('message', { type: 'text', ...attrs }, [enc]));
  }

  return {
    async write(text, letter = {}) {
      const { form = 'plain', naming = 'lid', id = newTextId(), at = clock.now(), copies = 1 } = letter;
      const user = letter.to ? digits(letter.to) : subscriber.messages.at(-1)?.sender.user;
      const devices = user ? post.devicesOf(user) : [];
      if (!user || devices.length === 0) throw new Error('There is no linked gateway to write to');
      const content = contentOf(form, text, letter.about ?? '');
      const names = addressesOf(form, naming, subscriber);
      const attrs = { id, t: seconds(at), notify: e164(subscriber.user), ...names, ...letter.claims };
      sent.set(id, { content, attrs });
      for (const old of [...sent.keys()].slice(0, -KEPT)) sent.delete(old);
      for (const device of devices) {
        for (let copy = 0; copy < copies; copy++) await put(device, content, attrs, letter.garbled);
      }
      if (isToGateway(form)) parts.onReply(user);
      return id;
    },

    async repeat(to, id) {
      const text = sent.get(id);
      const device = post.find(to);
      if (text && device) await put(device, text.content, text.attrs);
    },
  };
}

/** Whoever reads it finds a wrong checksum. */
function garbled(ciphertext: Buffer): Buffer {
  const copy = Buffer.from(ciphertext);
  const last = copy.length - 1;
  copy[last] = (copy[last] ?? 0) ^ 0xff;
  return copy;
}
