import type { Place } from '../../delivery/worker/place.js';
import { AppError } from '../../errors.js';
import type { Places, WantedPlace } from '../places.js';
import { decide, type Next, type RouteFacts, type SendFacts } from './decide.js';
import type { PassedOver, RoutedCode } from './route.js';

/** Where a code goes from here. */
export interface Way {
  passedOver: PassedOver[];
  /** With a place in its lane, which whoever has the way releases. Null: nothing begins. */
  begins: { channel: string; place: Place } | null;
  /** The place in the route that is reached by this. */
  step: number;
  /** What remains when nothing begins. */
  rest: Extract<Next, { do: 'wait' | 'stay' | 'end' }>;
}

type Wanted = Pick<RoutedCode, 'contact' | 'silent' | 'door' | 'asCold'>;

/**
 * Asks the channels for a place, in the order that the decision says, until one takes the code or there is nothing to
 * begin. Rejects only with a failure of the store.
 */
export async function findWay(
  places: Pick<Places, 'reserve'>,
  code: Wanted,
  known: RouteFacts,
  now: number,
): Promise<Way> {
  const ttlMs = known.expiresAt - now;
  const refused = new Map(known.refused);
  const refusals = new Map<string, AppError>();
  const passedOver: PassedOver[] = [];
  const facts = { ...known, refused, sends: [...known.sends] };
  for (;;) {
    const next = decide(facts, now);
    if (next.do === 'begin') {
      const { step, channel } = next;
      const hasOtherChannel = step + 1 < facts.route.length;
      const place = await placeOrRefusal(places, wantedPlace(code, channel, ttlMs, hasOtherChannel));
      if (!(place instanceof AppError)) {
        const left = passedOver.filter((each) => each.channel !== channel);
        return { passedOver: left, begins: { channel, place }, step, rest: { do: 'stay' } };
      }
      refused.set(channel, place.code);
      refusals.set(channel, place);
    } else if (next.do === 'passOver') {
      const { step, channel, reason } = next;
      const error = refusals.get(channel) ?? new AppError('channel_unavailable', reason, { reason });
      passedOver.push({ channel, reason, error });
      facts.sends.push(asSend({ channel, reason }));
      facts.step = step;
      // It may be asked once more, when it is the last resort.
      refused.delete(channel);
    } else {
      return { passedOver, begins: null, step: facts.step, rest: next };
    }
  }
}

/** A step that sent nothing, as one of the sends of its code. */
export function asSend({ channel, reason }: Pick<PassedOver, 'channel' | 'reason'>): SendFacts {
  return { channel, jobStatus: null, writes: 0, error: reason, delivered: false };
}

export function wantedPlace(
  { contact, silent, door, asCold }: Wanted,
  channel: string,
  ttlMs: number,
  hasOtherChannel: boolean,
): WantedPlace {
  return { channel, contact, ttlMs, silent, asCold: asCold ?? false, door: door ?? null, hasOtherChannel };
}

/** Rejects only with a failure of the store. */
export async function placeOrRefusal(
  places: Pick<Places, 'reserve'>,
  wanted: WantedPlace,
): Promise<Place | AppError> {
  try {
    return await places.reserve(wanted);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'store_unavailable') return error;
    throw error;
  }
}
