import { AppError } from '../errors.js';

/** Another request with the same key is being answered at this moment. */
export function keyInFlight(): AppError {
  return new AppError('idempotency_key_in_flight', 'A request with this Idempotency-Key is still in flight.');
}
