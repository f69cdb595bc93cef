import { lookup, Resolver } from 'node:dns/promises';
import type { Address } from './target.js';

const QUERY_BOUND_MS = 2_000;
const SYSTEM_AT_ONCE = 2;

/**
 * All addresses of a name. Names are asked for over DNS itself, so that one whose server is slow holds up no other: the
 * system's own look-up has few threads for the whole process (nodejs.org/api/dns.html, "Implementation considerations").
 * @param deps.allowPrivate what DNS does not know is looked up by the system, which also reads `/etc/hosts` and search
 * domains: two names at once, so that threads are left for others.
 * @param deps.servers `address:port`; without them, the system's.
 */
export function createLookUp(deps: { allowPrivate: boolean; servers?: string[] }) {
  const resolver = new Resolver({ timeout: QUERY_BOUND_MS, tries: 1 });
  if (deps.servers) resolver.setServers(deps.servers);
  const bySystem = createSystemLookUp();

  return async (name: string): Promise<Address[]> => {
    if (deps.allowPrivate && isOwnName(name)) return await bySystem(name);
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = found.flatMap((answer, index) =>
      answer.status === 'fulfilled'
        ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
        : [],
    );
    return addresses.length === 0 && deps.allowPrivate ? await bySystem(name) : addresses;
  };
}

/** The system's look-up: a name is under way once, whoever asks for it. */
function createSystemLookUp(): (name: string) => Promise<Address[]> {
  const underWay = new Map<string, Promise<Address[]>>();
  const waiting: (() => void)[] = [];
  let free = SYSTEM_AT_ONCE;

  async function inTurn(name: string): Promise<Address[]> {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await lookup(name, { all: true });
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  }

  return (name) => {
    const found = underWay.get(name) ?? inTurn(name).finally(() => underWay.delete(name));
    underWay.set(name, found);
    return found;
  };
}

/** Of this machine (RFC 6761, 6.3) or its network: nobody else answers for it. */
function isOwnName(name: string): boolean {
  return !name.includes('.') || /\.localhost\.?$/.test(name);
}
