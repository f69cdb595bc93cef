import { STORE_RETRY_SECONDS, unavailable } from '../delivery/unavailable.js';
import { AppError } from '../errors.js';

/** Any error that is not an `AppError` is a failure of the store. */
export async function orStoreUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw orStoreFailed(error);
  }
}

function orStoreFailed(error: unknown): AppError {
  return error instanceof AppError ? error : unavailable('store_unavailable', STORE_RETRY_SECONDS, error);
}
