import type { Joined } from '../../delivery/queue/new-job.js';
import { keyInFlight } from '../key-in-flight.js';
import type { Places } from '../places.js';
import type { RouteFacts } from './decide.js';
import { askedByOf } from './known-codes.js';
import { messageOf } from './messages.js';
import { type Beginnings, storeWay } from './moves.js';
import type { ReservedStart, RoutedCode, Wording } from './route.js';
import { findWay } from './ways.js';

export interface StartDeps {
  places: Pick<Places, 'reserve'>;
  waitsMs: RouteFacts['waitsMs'];
  wording: Wording;
  conversion: Beginnings;
  /** A code with steps to come is stored. */
  onOpened(): void;
}

/** Tries the channels of a new code in their order. */
export async function reserveStart(
  { places, waitsMs, wording, conversion, onOpened }: StartDeps,
  code: RoutedCode,
): Promise<ReservedStart> {
  const { route, createdAt, expiresAt } = code;
  const facts: RouteFacts = {
    route,
    status: 'pending',
    createdAt,
    expiresAt,
    step: -1,
    stepBeganAt: null,
    sends: [],
    refused: new Map(),
    waitsMs,
  };
  const way = await findWay(places, code, facts, createdAt);
  let joined: Joined | null = null;
  return {
    begins: way.begins?.channel ?? null,
    passedOver: way.passedOver,
    waitMs: way.begins?.place.waitMs ?? null,

    async storeIn(trx, codeId, { askedBy, idempotency = null } = {}) {
      if (!way.begins) return { jobId: null };
      const job = {
        ...messageOf(code, wording, {
          codeId,
          askedBy: askedByOf({ id: codeId, purpose: code.purpose }, askedBy),
        }),
        idempotency,
      };
      const message = { cause: 'start' as const, job, now: createdAt };
      joined = await storeWay(trx, { id: codeId, facts, sends: [] }, way, message, conversion);
      const jobId = joined?.jobId ?? null;
      if (jobId === null && !code.silent) throw keyInFlight();
      return { jobId };
    },

    committed() {
      joined?.committed();
      if (!code.silent) onOpened();
    },
    release: () => way.begins?.place.release(),
  };
}
