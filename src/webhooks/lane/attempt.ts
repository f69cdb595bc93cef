import type { Clock } from '../../clock.js';
import { SealBroken, type Sealer } from '../../sealing.js';
import { secretsOf } from '../endpoints/endpoints.js';
import type { EndpointRow } from '../endpoints/rows.js';
import type { PostAnswer, Poster } from '../network/post.js';
import { TargetRefused, type Targets } from '../network/target.js';
import { maskedBody } from '../outbox/body.js';
import { signedHeaders } from '../signing.js';

/** One attempt at a delivery, and how long it took. Never rejects. */
export type Attempting = (endpoint: EndpointRow, id: string, body: string) => Promise<Tried>;

export interface Tried extends PostAnswer {
  /** Unix ms. */
  at: number;
  tookMs: number;
}

/** @param deps.sealer of the secrets of endpoints. */
export function createAttempting(deps: {
  clock: Clock;
  sealer: Sealer;
  targets: Pick<Targets, 'find'>;
  poster: Pick<Poster, 'post'>;
}): Attempting {
  const { clock, sealer, targets, poster } = deps;

  async function post(endpoint: EndpointRow, id: string, stored: string, at: number): Promise<PostAnswer> {
    try {
      const secrets = secretsOf(endpoint, sealer, at);
      // It may have been made while numbers were told whole.
      const body = endpoint.full_numbers_at === null ? maskedBody(stored) : stored;
      const target = await targets.find(endpoint.url);
      return await poster.post(target, signedHeaders(id, at, body, secrets), body);
    } catch (error) {
      return { httpStatus: null, problem: problemOf(error), answer: null, retryAfterMs: 0 };
    }
  }

  return async (endpoint, id, body) => {
    const [at, began] = [clock.now(), clock.elapsed()];
    const answer = await post(endpoint, id, body, at);
    return { ...answer, at, tookMs: clock.elapsed() - began };
  };
}

function problemOf(error: unknown): string {
  if (error instanceof TargetRefused) return error.message;
  if (error instanceof SealBroken) return 'Its secret cannot be read with the present ENCRYPTION_KEY.';
  return 'The request could not be made.';
}
