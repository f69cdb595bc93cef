import { createHash, randomBytes } from 'node:crypto';
import { parseJid } from './nodes.js';
import type { State, Subscriber } from './state.js';

/** Every phone number the server has heard of. */
export interface Directory {
  /** The subscriber with this number (digits, in any of its spellings), made on first use. */
  get(user: string): Subscriber;
  /** By a phone number's JID (made on first use; only in the spelling that WhatsApp uses) or a LID (only known ones). */
  find(jid: string | undefined): Subscriber | undefined;
  /** From now on `spelling` means this subscriber; a previous subscriber with that number is removed. */
  addSpelling(user: string, spelling: string): void;
  /** This LID was used once and no longer belongs to anybody. */
  isRetired(jid: string): boolean;
  /** Its old LID no longer belongs to anybody. */
  giveNewLid(subscriber: Subscriber): void;
  /** Moves the LID of the first to the second, whose own LID is retired; the first gets a new one. */
  moveLid(from: Subscriber, to: Subscriber): void;
  all(): Subscriber[];
}

export function createDirectory(state: State): Directory {
  const byUser = new Map(state.subscribers.map((subscriber) => [subscriber.user, subscriber]));
  const byLid = new Map(state.subscribers.map((subscriber) => [subscriber.lid, subscriber]));

  const get = (written: string): Subscriber => {
    const user = state.spellings[written] ?? written;
    const known = byUser.get(user);
    if (known) return known;
    const subscriber = newSubscriber(user);
    state.subscribers.push(subscriber);
    byUser.set(user, subscriber);
    byLid.set(subscriber.lid, subscriber);
    return subscriber;
  };

  const retire = (lid: string) => {
    byLid.delete(lid);
    state.retiredLids[lid] = true;
  };
  const setLid = (subscriber: Subscriber, lid: string) => {
    subscriber.lid = lid;
    byLid.set(lid, subscriber);
  };

  return {
    get,
    find(jid) {
      const address = parseJid(jid);
      if (address?.server === 'lid') return byLid.get(address.user);
      if (address?.server !== 's.whatsapp.net' || state.spellings[address.user]) return undefined;
      return get(address.user);
    },
    addSpelling(user, spelling) {
      const meant = get(user);
      const other = byUser.get(spelling);
      if (other === meant) throw new Error('WhatsApp itself writes the number like this');
      if (other) {
        byUser.delete(spelling);
        retire(other.lid);
        state.subscribers = state.subscribers.filter((subscriber) => subscriber !== other);
      }
      state.spellings[spelling] = meant.user;
    },
    isRetired: (jid) => state.retiredLids[parseJid(jid)?.user ?? ''] === true,
    giveNewLid(subscriber) {
      retire(subscriber.lid);
      setLid(subscriber, lidOf(randomBytes(16).toString('hex')));
    },
    moveLid(from, to) {
      retire(to.lid);
      setLid(to, from.lid);
      setLid(from, lidOf(randomBytes(16).toString('hex')));
    },
    all: () => [...byUser.values()],
  };
}

function newSubscriber(user: string): Subscriber {
  return {
    user,
    lid: lidOf(user),
    onWhatsApp: true,
    shown: false,
    online: true,
    autoDeliver: true,
    autoRead: false,
    keys: null,
    sessions: {},
    messages: [],
    inbox: [],
    retries: {},
    nextDevice: 1,
    contacts: {},
    restriction: null,
    cap: null,
    unanswered: {},
    tokens: {},
    blocks: false,
    keepsToPhones: false,
  };
}

/** Fifteen digits that hide the number they are derived from; stable across restarts without state, for clients' sake. */
function lidOf(user: string): string {
  const hash = createHash('sha256').update(`lid:${user}`).digest();
  return String(100_000_000_000_000 + (hash.readUIntBE(0, 6) % 900_000_000_000_000));
}
