import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import type { Log } from '../log.js';
import { sameBytes } from '../same-bytes.js';
import { hashOfKey } from './api-key.js';
import { type Caller, ENVIRONMENT } from './caller.js';
import { createKeys, type Keys } from './keys.js';
import { createKnownKeys } from './known-keys.js';
import { createLastUse } from './last-use.js';
import { createLimits, type Limits } from './limits.js';

/** Who may ask, and how much. */
export interface Callers extends Limits {
  /** Whose key this is, or null. Rejects with address_not_allowed when it may not be used from this address. */
  identify(key: string, address: string): Promise<Caller | null>;
  keys: Keys;
  /** Resolves when nothing is being written any more. */
  idle(): Promise<void>;
}

/** @param deps.environmentKeys the keys in the configuration: all of them are one caller. */
export function createCallers(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  environmentKeys: readonly string[];
}): Callers {
  const { store, clock } = deps;
  const ofEnvironment = deps.environmentKeys.map(hashOfKey);
  const known = createKnownKeys(deps);
  const lastUse = createLastUse(deps);

  return {
    ...createLimits({ store, clock }),
    keys: createKeys({ store, clock, forget: known.forget }),

    async identify(key, address) {
      const hash = hashOfKey(key);
      // All are compared, so that the time does not reveal which one matched.
      const matching = ofEnvironment.filter((expected) => sameBytes(expected, hash));
      if (matching.length > 0) return ENVIRONMENT;
      const found = await known.find(key, hash);
      if (found === null || (found.endsAt !== null && found.endsAt <= clock.now())) return null;
      if (!found.isAllowed(address)) {
        throw new AppError(
          'address_not_allowed',
          'Forbidden: this API key may not be used from this address.',
        );
      }
      lastUse.note(found.keyId, address);
      return found.caller;
    },

    idle: lastUse.idle,
  };
}
