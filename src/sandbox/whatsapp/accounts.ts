import type { Clock } from '../../clock.js';
import type { Directory } from './directory.js';
import type { HandsetInside } from './handset/handset.js';
import { digits, lidJid, type Node, node, pnJid } from './nodes.js';
import { type PostOffice, seconds, stanzaId } from './post-office.js';
import type { Subscriber } from './state.js';

/** What happens to people's accounts. Numbers are E.164 with `+`. */
export interface Accounts {
  /** Every number is on WhatsApp until it is taken off. One that comes back keeps its LID. */
  setOnWhatsApp(number: string, onWhatsApp: boolean): void;
  /**
   * `spelling` is another way to write `number` (Brazil's ninth digit, Argentina's 9, Mexico's 1): a look-up of either
   * answers with the JID of `number`. The JID made from `spelling` does not exist: messages to it are refused.
   */
  addSpelling(number: string, spelling: string): void;
  /**
   * Somebody registers the number on a new handset, with new keys and a new LID. The old LID belongs to no account from now on:
   * messages to it get an ack with `refresh_lid` and reach no handset. Brings back a number that had left.
   * `notify`: gateways that know the number are told of the new LID (default: no).
   */
  registerAnew(number: string, options?: { notify?: boolean }): void;
  /**
   * The owner of `number` takes the account along to `newNumber`: keys, sessions and the LID move, and the old number
   * leaves WhatsApp until somebody registers it again. `notify`: gateways that know the old number are told
   * (default: no).
   */
  changeNumber(number: string, newNumber: string, options?: { notify?: boolean }): void;
}

export function createAccounts(deps: {
  directory: Directory;
  post: PostOffice;
  clock: Clock;
  handsetOf(subscriber: Subscriber): HandsetInside;
}): Accounts {
  const { directory, post, clock, handsetOf } = deps;
  const get = (number: string) => directory.get(digits(number));

  /** Tells the linked devices of everybody who has written to the number or heard from it. */
  function tell(user: string, notification: Node): void {
    for (const { contacts, user: owner } of directory.all()) {
      if (!contacts[user]) continue;
      for (const device of post.devicesOf(owner)) post.deliver(device, notification);
    }
  }
  const notification = (from: string, type: string, content: Node) =>
    node('notification', { from, type, id: stanzaId(), t: seconds(clock.now()) }, [content]);

  return {
    setOnWhatsApp(number, onWhatsApp) {
      get(number).onWhatsApp = onWhatsApp;
    },
    addSpelling: (number, spelling) => directory.addSpelling(digits(number), digits(spelling)),

    registerAnew(number, { notify = false } = {}) {
      const subscriber = get(number);
      const old = lidJid(subscriber.lid);
      directory.giveNewLid(subscriber);
      handsetOf(subscriber).handset.reinstall();
      subscriber.onWhatsApp = true;
      if (!notify) return;
      const change = { xwa2_notify_lid_change: { old, new: lidJid(subscriber.lid) } };
      const content = Buffer.from(JSON.stringify({ data: change }));
      const update = node('update', { op_name: 'LidChangeNotification' }, content);
      tell(subscriber.user, notification(old, 'mex', update));
    },

    changeNumber(number, newNumber, { notify = false } = {}) {
      const before = get(number);
      const after = get(newNumber);
      const lid = lidJid(before.lid);
      directory.moveLid(before, after);
      after.keys = before.keys;
      after.sessions = before.sessions;
      after.onWhatsApp = true;
      before.keys = null;
      before.sessions = {};
      before.onWhatsApp = false;
      if (!notify) return;
      const jids = { old: pnJid(before.user), new: pnJid(after.user) };
      const modify = node('modify', { ...jids, old_lid: lid, new_lid: lid });
      tell(before.user, notification(jids.old, 'contacts', modify));
    },
  };
}
