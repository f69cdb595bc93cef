import type { Delivery } from '../delivery/index.js';
import { unavailable } from '../delivery/unavailable.js';
import type { Place } from '../delivery/worker/place.js';
import { AppError } from '../errors.js';
import type { ColdBudget } from './cold-budget.js';
import type { KeyedCalls } from './keyed-calls.js';
import type { ServedNumbers } from './served-numbers.js';
import { WRITTEN_ON } from './written-on.js';

export interface WantedPlace {
  /** The name of a lane. */
  channel: string;
  /** E.164, or an address in lower case. */
  contact: { kind: 'phone' | 'email'; value: string };
  ttlMs: number;
  silent: boolean;
  asCold: boolean;
  /** As `CodeOrder.door`. */
  door: 'sign-in' | 'sign-up' | null;
  /** Its route has another channel to take instead. */
  hasOtherChannel: boolean;
  /** It goes out before all that wait. */
  isFirst?: boolean;
}

/** Places in the lanes for codes, with all that stands between a code and its lane. */
export interface Places {
  /** Rejects with the refusal, an `AppError`, or with a failure of the store. Whoever gets the place releases it. */
  reserve(wanted: WantedPlace): Promise<Place>;
  /** The channel is there, and reaches such a contact. */
  reaches(channel: string, kind: WantedPlace['contact']['kind']): boolean;
  /** The first channel that reaches such a contact. */
  firstTo(kind: WantedPlace['contact']['kind']): string;
  /** What will keep a code that waits in this lane from going out; null: nothing for long. */
  refusal(channel: string, recipient: string, ttlMs: number): Promise<string | null>;
  /** Something waits at the front. */
  wake(channel: string): void;
}

/** A channel without settings takes none at the next start either, but another process may have other settings. */
const NO_CHANNEL_RETRY_SECONDS = 60;
/** Until a message arrives, or the person writes. */
const SILENT_RETRY_SECONDS = 3_600;
/** It is up to the person. */
export const OPTED_OUT_RETRY_SECONDS = 24 * 3_600;

export function createPlaces(deps: {
  lanes: Delivery['lanes'];
  keyedCalls: Pick<KeyedCalls, 'areRecent'>;
  served: ServedNumbers;
  coldBudget: Pick<ColdBudget, 'countFor'>;
  /** The person (E.164) wants nothing from our numbers. */
  isOptedOut(phone: string): Promise<boolean>;
}): Places {
  const { lanes, keyedCalls, served, coldBudget, isOptedOut } = deps;

  function laneOf(channel: string, kind: 'phone' | 'email') {
    const lane = lanes.get(channel);
    return lane?.channel.reaches === kind ? lane : undefined;
  }

  return {
    reaches: (channel, kind) => laneOf(channel, kind) !== undefined,
    wake: (channel) => lanes.get(channel)?.wake(),

    firstTo: (kind) => laneTo(lanes, kind).channel.name,

    async refusal(channel, recipient, ttlMs) {
      const lane = lanes.get(channel);
      if (channel === WRITTEN_ON && (await isOptedOut(recipient))) return 'opted_out';
      return lane ? ((await lane.refusal(recipient, ttlMs))?.code ?? null) : 'channel_unavailable';
    },

    async reserve({ channel, contact, ttlMs, silent, asCold, door, hasOtherChannel, isFirst = false }) {
      const lane = laneOf(channel, contact.kind);
      if (!lane) throw unavailable('channel_unavailable', NO_CHANNEL_RETRY_SECONDS);
      if (door !== null && contact.kind === 'phone' && !served.serves(contact.value, lane.channel)) {
        throw new AppError('phone_not_served', 'No codes are sent to this phone number.');
      }
      if (channel === WRITTEN_ON && (await isOptedOut(contact.value))) {
        throw unavailable('opted_out', OPTED_OUT_RETRY_SECONDS);
      }
      if (hasOtherChannel && (await lane.isSilent(contact.value))) {
        throw unavailable('recipient_silent', SILENT_RETRY_SECONDS);
      }
      const onlyHalf = door === 'sign-up' && (await keyedCalls.areRecent());
      const admitted = { ttlMs, silent, asCold, onlyHalf, hasOtherChannel, isFirst };
      const place = await lane.reserve(contact.value, admitted);
      return await coldBudget
        .countFor(place, contact.value, { lane, atDoor: door !== null, silent, asCold, hasOtherChannel })
        .catch((error: unknown) => {
          place.release();
          throw error;
        });
    },
  };
}

/** The first channel that reaches such a contact. */
export function laneTo(lanes: Delivery['lanes'], kind: WantedPlace['contact']['kind']) {
  const lane = [...lanes.values()].find(({ channel }) => channel.reaches === kind);
  if (!lane) throw new Error(`There is no channel to a contact of this kind: ${kind}.`);
  return lane;
}
