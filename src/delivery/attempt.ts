import { type ChannelError, ChannelError as Failure } from '../channels/channel.js';
import type { Clock } from '../clock.js';
import { isFinalFailure, type Outcome } from './job.js';
import { retryDelayMs } from './margins.js';

/** A pause before a message that met no connection is looked at again. */
const RECONNECT_PAUSE_MS = 250;

/** What a failed send means for the job: over, again later (counted), or again when the sender is back. */
export function outcomeOf(error: unknown, attempts: number, clock: Clock, ttlMs: number): Outcome {
  const failure: Pick<ChannelError, 'kind' | 'failure'> =
    error instanceof Failure ? error : { kind: 'retry', failure: 'transport' };
  switch (failure.kind) {
    case 'reject':
      return {
        kind: 'failed',
        reason: isFinalFailure(failure.failure) ? failure.failure : 'rejected_by_whatsapp',
      };
    case 'wait':
      return { kind: 'release', runAt: clock.now() + RECONNECT_PAUSE_MS, counted: false };
    case 'retry':
      return { kind: 'release', runAt: clock.now() + retryDelayMs(attempts + 1, ttlMs), counted: true };
  }
}
