import type { Clock } from '../../clock.js';
import type { Directory } from './directory.js';
import type { Faults } from './faults.js';
import type { HandsetInside } from './handset/handset.js';
import { bytes, child, children, e164, type Node, node, parseJid } from './nodes.js';
import { seconds } from './post-office.js';
import { restrictionOf } from './restriction.js';
import type { Device, Envelope, Subscriber } from './state.js';
import type { Connection } from './wire/connection.js';

const REACH_OUT_RESTRICTED = 463;

/** A message stanza as the server received it, before anything was done with it. */
export interface Frame {
  id: string;
  /** E.164 with `+` of the recipient; empty when the LID belongs to nobody. */
  to: string;
  /** The address on the stanza: a phone number's JID or a LID. */
  jid: string;
  /** ISO 8601. */
  at: string;
}

export interface MailroomParts {
  directory: Directory;
  clock: Clock;
  faults(): Faults;
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

export function createMailroom({ directory, clock, faults, handsetOf }: MailroomParts): Mailroom {
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

  const refusal = (owner: Subscriber, cold: boolean): number | undefined => {
    const refused = faults().rules.refuseMessages.take(({ onlyCold }) => cold || !onlyCold);
    if (refused) return refused.code;
    return cold && restrictionOf(owner, clock.now()) ? REACH_OUT_RESTRICTED : undefined;
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
      frames.push({ id, to: number, jid: to, at: new Date(clock.now()).toISOString() });
      const owner = directory.get(device.user);
      const cold = recipient !== undefined && recipient !== owner && !owner.contacts[recipient.user];
      const code = refusal(owner, cold);
      if (code !== undefined) return ack({ error: String(code) });

      const swallowed = faults().rules.swallowMessages.take();
      const arrives = !swallowed && recipient?.onWhatsApp === true;
      const isOutdated = swallowed?.refreshLid ?? (parseJid(to)?.server === 'lid' && !arrives);
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
