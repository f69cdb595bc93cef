import { type ChannelError, ChannelError as Failure } from '../../channels/channel.js';
import type { Clock } from '../../clock.js';
import { type FailureReason, isFinalFailure, type Outcome } from '../job.js';
import { RECONNECT_PAUSE_MS, retryDelayMs } from '../margins.js';

/** The message of an error that does not come from a channel may contain anything: it only goes to the log. */
const UNKNOWN: Pick<ChannelError, 'kind' | 'failure' | 'message' | 'mayHaveArrived' | 'retryAfterMs'> = {
  kind: 'retry',
  failure: 'transport',
  message: 'The message could not be sent; the log has the cause.',
  mayHaveArrived: true,
  retryAfterMs: 0,
};
/** A detail would add nothing to the sentences of these. */
const TELLS_ALL: ReadonlySet<FailureReason> = new Set(['not_on_whatsapp', 'reach_out_restricted']);

/** What a failed send means for the job: over, again later (counted), or again when the sender is back. */
export function outcomeOf(
  error: unknown,
  attempts: number,
  clock: Clock,
  ttlMs: number,
  /** A write was noted that counts for nothing if the message was refused as a whole. */
  mayUnwrite = false,
): Outcome {
  const failed = error instanceof Failure ? error : UNKNOWN;
  const { kind, failure, message: detail } = failed;
  const unwritten = mayUnwrite && !failed.mayHaveArrived && { unwritten: true as const };
  switch (kind) {
    case 'reject': {
      const reason = isFinalFailure(failure) ? failure : 'rejected_by_whatsapp';
      return { kind: 'failed', reason, ...(!TELLS_ALL.has(reason) && { detail }) };
    }
    case 'wait':
      return {
        kind: 'release',
        runAt: clock.now() + RECONNECT_PAUSE_MS,
        counted: false,
        detail,
        ...unwritten,
      };
    case 'retry':
      return {
        kind: 'release',
        runAt: clock.now() + Math.max(retryDelayMs(attempts + 1, ttlMs), failed.retryAfterMs),
        counted: true,
        detail,
        ...unwritten,
      };
  }
}
