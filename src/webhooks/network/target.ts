import { isIP } from 'node:net';
import { type Clock, sleep } from '../../clock.js';
import { isPublic } from './addresses.js';

/** Where a request goes to: the addresses that were checked are those that are connected to. */
export interface Target {
  url: URL;
  addresses: Address[];
}

export interface Address {
  address: string;
  family: number;
}

export interface Targets {
  /** Why no webhook may lead there, as the end of a sentence that begins with the URL; null: it may. */
  refusal(url: string): Promise<string | null>;
  /** Rejects with `TargetRefused`. */
  find(url: string): Promise<Target>;
}

/** The message is one sentence without anything of the URL. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

const MAX_URL = 2_000;
const NO_URL = 'must be an https:// address without a name or password in it';
const NOT_PUBLIC = 'must lead to an address on the public internet';
/** Nobody waits longer for the answer to a new webhook, and no delivery either. */
const LOOK_UP_BOUND_MS = 3_000;

/**
 * @param deps.allowPrivate plain http, and whatever address, are allowed.
 * @param deps.lookUp all addresses of a name.
 */
export function createTargets(deps: {
  clock: Clock;
  allowPrivate: boolean;
  lookUp(name: string): Promise<Address[]>;
}): Targets {
  const { clock, allowPrivate, lookUp } = deps;

  function parsed(text: string): URL | null {
    // The parser would drop them.
    if (text.length > MAX_URL || /[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return null;
    const url = new URL(text);
    const isWeb = url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:');
    return isWeb && url.username === '' && url.password === '' && url.hash === '' ? url : null;
  }

  const mayBe = ({ address }: Address) => allowPrivate || isPublic(address);

  async function addressesOf({ hostname }: URL): Promise<Address[]> {
    // The parser has brought every spelling of an address into one form, 0x7f.1 and 2130706433 among them.
    const literal = hostname.replace(/^\[|\]$/g, '');
    const family = isIP(literal);
    return family === 0 ? await lookUp(hostname) : [{ address: literal, family }];
  }

  /** None: there are none, or they could not be looked up in time. */
  async function found(url: URL): Promise<Address[]> {
    const over = new AbortController();
    const late = sleep(clock, LOOK_UP_BOUND_MS, over.signal).then(() => []);
    return await Promise.race([addressesOf(url).catch(() => []), late]).finally(() => over.abort());
  }

  return {
    async refusal(text) {
      const url = parsed(text);
      if (!url) return allowPrivate ? NO_URL.replace('https://', 'http:// or https://') : NO_URL;
      if (allowPrivate) return null;
      if (isLocalName(url.hostname)) return NOT_PUBLIC;
      // A name that cannot be looked up now is looked up, and checked, at each delivery.
      return (await found(url)).every(mayBe) ? null : NOT_PUBLIC;
    },

    async find(text) {
      const url = parsed(text);
      if (!url) throw new TargetRefused('The address is no longer allowed.');
      const addresses = await found(url);
      if (addresses.length === 0) throw new TargetRefused('The name of the server could not be looked up.');
      if (!addresses.every(mayBe)) throw new TargetRefused('The server is not on the public internet.');
      return { url, addresses };
    },
  };
}

/** RFC 6761 and RFC 6762: whatever is looked up, these are names of this machine or its network. */
function isLocalName(hostname: string): boolean {
  return /(^|\.)(localhost|local|internal|home\.arpa)\.?$/.test(hostname);
}
