import type { Clock } from '../clock.js';
import { networkOf } from '../limits/networks.js';
import { type Log, maskContact } from '../log.js';

/** Who was wrong, and about whom, as far as that is known. */
export interface From {
  /** IPv4, or IPv6 in its shortest form. */
  address: string;
  /** A phone number or an e-mail address; the log masks it. */
  contact?: string | null;
  /** Of the answer. */
  requestId?: string | undefined;
}

/** Lines of the log about what comes in floods. */
export interface FloodLines {
  note(what: string, from: From): void;
}

/** Since its last line. */
interface Quiet {
  since: number;
  times: number;
}

/** An address has a line at once, and the next one after this. */
const REST_MS = 60_000;
/** More addresses than this in a minute share their lines. */
const MAX_ADDRESSES = 1_000;

export function createFloodLines({ clock, log }: { clock: Clock; log: Log }): FloodLines {
  /** In the order of the lines. */
  const addresses = new Map<string, Quiet>();
  const shared = new Map<string, Quiet>();

  function makeRoom(): void {
    for (const [key, { since }] of addresses) {
      if (addresses.size < MAX_ADDRESSES || clock.elapsed() - since < REST_MS) return;
      addresses.delete(key);
    }
  }

  return {
    note(what, { address, contact, requestId }) {
      const network = networkOf(address);
      const key = `${what} ${network}`;
      if (!addresses.has(key)) makeRoom();
      const isOwn = addresses.has(key) || addresses.size < MAX_ADDRESSES;
      const [quiet, name] = isOwn ? [addresses, key] : [shared, what];
      const before = quiet.get(name);
      const times = (before?.times ?? 0) + 1;
      if (before && clock.elapsed() - before.since < REST_MS) {
        before.times = times;
        return;
      }
      quiet.delete(name);
      quiet.set(name, { since: clock.elapsed(), times: 0 });
      const from = isOwn ? network : 'many addresses';
      log.warn(what, {
        from,
        times,
        ...(contact && { contact: maskContact(contact) }),
        ...(requestId && { requestId }),
      });
    },
  };
}
