import type { Store } from '../../database/schema.js';
import type { Floods } from '../alarms/floods.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import type { Log } from '../log.js';
import { sameBytes } from '../same-bytes.js';
import { hashOfKey } from './api-key.js';
import { type Caller, ENVIRONMENT } from './caller.js';
import { createKeyLimits, type KeyLimits } from './key-limits.js';
import { createKeys, type KeyAudit, type Keys } from './keys.js';
import { createKnownKeys } from './known-keys.js';
import { createLastUse } from './last-use.js';
import { createTestNumbers, type TestNumber, type TestNumbers } from './test-numbers.js';

/** Who may ask, and how much. */
export interface Callers extends KeyLimits {
  /**
   * Whose key this is, or null; at once for a key of the environment. Rejects with address_not_allowed when it may not
   * be used from this address.
   * @param addressOf the client's address, null if it is not certain; asked only for keys of the table.
   * @param requestId for the log.
   */
  identify(key: string, addressOf: () => string | null, requestId?: string): Caller | Promise<Caller | null>;
  keys: Keys;
  testNumbers: TestNumbers;
  /** Resolves when nothing is being written any more. */
  idle(): Promise<void>;
}

/** What keys of the table have in their rows. */
export interface EnvironmentSettings {
  /** As `Caller.returnUrls`. */
  returnUrls: readonly string[];
  testNumbers: readonly TestNumber[];
  testNumbersInProduction: boolean;
}

const NOTHING_SET: EnvironmentSettings = { returnUrls: [], testNumbers: [], testNumbersInProduction: false };

/** @param deps.environmentKeys the keys in the configuration: all of them are one caller. */
export function createCallers(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  audit: KeyAudit;
  floods: Pick<Floods, 'note'>;
  environmentKeys: readonly string[];
  environment?: EnvironmentSettings;
}): Callers {
  const { store, clock, audit, floods, environment = NOTHING_SET } = deps;
  const ofTheEnvironment: Caller = { ...ENVIRONMENT, returnUrls: environment.returnUrls };
  const ofEnvironment = deps.environmentKeys.map((key) => Buffer.from(key));
  const known = createKnownKeys(deps);
  const lastUse = createLastUse(deps);

  async function inTable(
    key: string,
    addressOf: () => string | null,
    requestId: string | undefined,
  ): Promise<Caller | null> {
    const found = await known.find(key, hashOfKey(key));
    const address = addressOf();
    if (found === null || (found.endsAt !== null && found.endsAt <= clock.now())) {
      floods.note('keys', { address: address ?? 'unknown', requestId });
      return null;
    }
    if (!found.isAllowed(address ?? '')) {
      throw new AppError('address_not_allowed', 'Forbidden: this API key may not be used from this address.');
    }
    lastUse.note(found.keyId, address);
    return found.caller;
  }

  return {
    ...createKeyLimits({ store, clock }),
    keys: createKeys({ store, clock, audit, forget: known.forget }),
    testNumbers: createTestNumbers({
      store,
      clock,
      ofEnvironment: environment.testNumbers,
      environmentInProduction: environment.testNumbersInProduction,
    }),

    identify(key, addressOf, requestId) {
      const given = Buffer.from(key);
      // All are compared, so that the time does not reveal which one matched; how long they are is no secret.
      const matching = ofEnvironment.filter((expected) => sameBytes(expected, given));
      return matching.length > 0 ? ofTheEnvironment : inTable(key, addressOf, requestId);
    },

    idle: lastUse.idle,
  };
}
