import type { Clock } from '../../clock.js';
import type { Delivery } from '../../delivery/index.js';
import { wholeSeconds } from '../../delivery/outlet.js';
import { unavailable } from '../../delivery/unavailable.js';
import { orStoreUnavailable } from '../or-store-unavailable.js';
import type { BlockedPrefixes } from './blocked-prefixes.js';

type Lanes = Delivery['lanes'];

/**
 * The same lanes, whose `reserve` also rejects with blocked_prefix: for every code, whoever asks for it and whichever step
 * of a route it is.
 */
export function guardLanes(
  lanes: Lanes,
  deps: { blocked: Pick<BlockedPrefixes, 'blockedUntil'>; clock: Clock },
): Lanes {
  const { blocked, clock } = deps;

  function guarded(lane: ReturnType<Lanes['get']> & object): ReturnType<Lanes['get']> & object {
    return {
      ...lane,
      reserve(recipient, code) {
        const { silent, asCold = false } = code;
        const isCold = async () => asCold || (!silent && (await lane.isCold(recipient)));
        const { costs } = lane.channel;
        const ends = blocked.blockedUntil(recipient, { costs, isCold });
        // Nothing is blocked, nearly always: then this costs nothing.
        if (ends === null) return lane.reserve(recipient, code);
        return orStoreUnavailable(ends).then((until) => {
          if (until !== null) throw unavailable('blocked_prefix', wholeSeconds(until - clock.now()));
          return lane.reserve(recipient, code);
        });
      },
    };
  }

  return new Map([...lanes].map(([name, lane]) => [name, guarded(lane)]));
}
