import type { Clock } from '../../clock.js';
import type { Directory } from './directory.js';
import type { Faults } from './faults.js';
import type { HandsetInside } from './handset/handset.js';
import { bytes, child, children, e164, type Node, node, parseJid } from './nodes.js';
import { beginChat, isCapped } from './policy/cap.js';
import { restrictionOf } from './policy/lock.js';
import type { Tokens } from './policy/tokens.js';
import { seconds } from './post-office.js';
import type { Device, Envelope, Subscriber } from './state.js';
import type { Connection } from './wire/connection.js';

const REACH_OUT_RESTRICTED = 463;
const NEW_CHATS_CAPPED = 475;
const WRONG_ADDRESS = 400;

/** A message stanza as the server received it, before anything was done with it. */
export interface Frame {
  id: string;
  /** E.164 with `+` of the recipient; empty when the LID belongs to nobody. */
  to: string;
  /** The address on the stanza: a phone number's JID or a LID. */
  jid: string;
  /** The number's JID that the stanza names beside a LID. */
  numberJid: string | null;
  /** It carried a live token of its recipient. */
  hasToken: boolean;
  /** ISO 8601. */
  at: string;
}

export interface MailroomParts {
  directory: Directory;
  clock: Clock;
  faults(): Faults;
  tokens: Tokens;
  handsetOf(subscriber: Subscriber): HandsetInside;
}

/** Takes message stanzas from gateways: acks or refuses them and hands each copy to its handset. */
export interface Mailroom {
  accept(device: Device, connection: Connection, stanza: Node): void;
  frames(): Frame[];
}

interface Copy {
  to: string;
  enc: Node | undefined;
}

type IsFor = (recipient: Subscriber) => boolean;

export function createMailroom(parts: MailroomParts): Mailroom {
  const { directory, clock, faults, tokens, handsetOf } = parts;
  const frames: Frame[] = [];

  const deliver = (device: Device, chat: string, id: string, copy: Copy, isFor: IsFor) => {
    const { to, enc } = copy;
    const recipient = directory.find(to);
    if (!enc || !recipient?.onWhatsApp || !isFor(recipient) || parseJid(to)?.device !== 0) return;
    const sender = { user: device.user, device: device.device };
    const envelope: Envelope = { id, sender, chat, type: enc.attrs.type ?? '', ciphertext: bytes(enc) };
    handsetOf(recipient).receive(envelope);
  };

  const deliverCopies = (device: Device, stanza: Node, isFor: IsFor) => {
    const { id = '', to = '', recipient } = stanza.attrs;
    const copies = children(child(stanza, 'participants'), 'to').map((copy) => {
      return { to: copy.attrs.jid ?? '', enc: child(copy, 'enc') };
    });
    const all = copies.length > 0 ? copies : [{ to, enc: child(stanza, 'enc') }];
    for (const copy of all) deliver(device, recipient ?? to, id, copy, isFor);
  };

  const refusal = (
    owner: Subscriber,
    recipient: Subscriber | undefined,
    frame: Frame,
  ): number | undefined => {
    const isCold = recipient !== undefined && recipient !== owner && !frame.hasToken;
    const server = parseJid(frame.jid)?.server === 'lid' ? 'lid' : 'pn';
    const refused = faults().rules.refuseMessages.take(
      ({ onlyCold, onlyTo = server }) => (isCold || !onlyCold) && onlyTo === server,
    );
    if (refused) return refused.code;
    if (recipient && frame.numberJid !== null && directory.find(frame.numberJid) !== recipient)
      return WRONG_ADDRESS;
    if (!isCold) return undefined;
    if (restrictionOf(owner, clock.now())) return REACH_OUT_RESTRICTED;
    const isNew = !owner.contacts[recipient.user];
    if (isNew && isCapped(owner, clock.now())) return NEW_CHATS_CAPPED;
    if (isNew) beginChat(owner, recipient.user, clock.now());
    return undefined;
  };

  return {
    frames: () => [...frames],
    accept(device, connection, stanza) {
      const { id = '', to = '', category } = stanza.attrs;
      const ack = (more: Record<string, string> = {}) =>
        connection.send(node('ack', { class: 'message', id, from: to, t: seconds(clock.now()), ...more }));
      const recipient = directory.find(to);
      // "Peer" stanzas are the device talking to its own phone: no chat message.
      if (category === 'peer') return ack();
      if (!recipient && !directory.isRetired(to)) return ack({ error: '404' });

      const number = recipient ? e164(recipient.user) : '';
      const owner = directory.get(device.user);
      const frame: Frame = {
        id,
        to: number,
        jid: to,
        numberJid: stanza.attrs.peer_recipient_pn ?? null,
        hasToken: recipient !== undefined && tokens.isShown(owner, recipient, stanza),
        at: new Date(clock.now()).toISOString(),
      };
      frames.push(frame);
      const code = refusal(owner, recipient, frame);
      if (code !== undefined) return ack({ error: String(code) });

      const swallowed = faults().rules.swallowMessages.take();
      const exists = !swallowed && recipient?.onWhatsApp === true;
      const arrives = exists && !recipient.blocks && !recipient.keepsToPhones;
      const isOutdated = swallowed?.refreshLid ?? (parseJid(to)?.server === 'lid' && !exists);
      const lost = faults().rules.loseAcks.take();
      const withheld = lost ? undefined : faults().rules.withholdAcks.take();
      if (!lost && !withheld) ack(isOutdated ? { refresh_lid: 'true' } : {});
      if (lost?.deliver ?? withheld?.deliver ?? true) {
        if (arrives) owner.contacts[recipient.user] = true;
        deliverCopies(device, stanza, (to) => arrives || to === owner);
      }
      if (lost) connection.terminate();
    },
  };
}
