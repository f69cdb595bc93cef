import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { ENVIRONMENT, keyCallerId } from './caller.js';

/** A contact with a fixed code, to which nothing is sent. */
export interface TestNumber {
  /** E.164, or an address in lower case. */
  contact: string;
  /** 4 to 10 digits. */
  code: string;
  /** Unix ms: from then on it is a contact like any other. */
  until: number;
}

export interface TestNumbers {
  /** Null: the caller has none for this contact, or its time is over. */
  find(
    callerId: string,
    contact: string,
  ): Promise<{ code: string; until: number; inProduction: boolean } | null>;
  /** As `find`. Rejects with test_number_refused where such numbers must not be used. */
  usable(callerId: string, contact: string, env: string): Promise<{ code: string; until: number } | null>;
}

export const MAX_TEST_NUMBERS = 20;

/** @param deps.ofEnvironment of the environment's key. */
export function createTestNumbers(deps: {
  store: Store;
  clock: Clock;
  ofEnvironment: readonly TestNumber[];
  /** Those of the environment's key also work in production. */
  environmentInProduction: boolean;
}): TestNumbers {
  const { store, clock, ofEnvironment, environmentInProduction: inProduction } = deps;
  const numbers: TestNumbers = {
    async find(callerId, contact) {
      const now = clock.now();
      if (callerId === ENVIRONMENT.id) {
        const found = ofEnvironment.find((each) => each.contact === contact && each.until > now);
        return found ? { code: found.code, until: found.until, inProduction } : null;
      }
      const row = await store
        .selectFrom('test_numbers')
        .innerJoin('api_keys', 'api_keys.id', 'test_numbers.key_id')
        .select(['code', 'ends_at', 'tests_allowed_at'])
        .where('key_id', '=', callerId.slice(keyCallerId('').length))
        .where('contact', '=', contact)
        .where('ends_at', '>', now)
        .executeTakeFirst();
      return row ? { code: row.code, until: row.ends_at, inProduction: row.tests_allowed_at !== null } : null;
    },

    async usable(callerId, contact, env) {
      const test = await numbers.find(callerId, contact);
      if (test === null) return null;
      if (env !== 'production' || test.inProduction) return { code: test.code, until: test.until };
      throw new AppError(
        'test_number_refused',
        'Test numbers of this API key are not allowed in production.',
      );
    },
  };
  return numbers;
}

/** Of a key, those that end first at the beginning. */
export async function listTestNumbers(store: Store, keyId: string): Promise<TestNumber[]> {
  const rows = await store
    .selectFrom('test_numbers')
    .selectAll()
    .where('key_id', '=', keyId)
    .orderBy('ends_at')
    .orderBy('contact')
    .execute();
  return rows.map(({ contact, code, ends_at: until }) => ({ contact, code, until }));
}

/** In a transaction that holds the key's row. Those that are over make room. Rejects with bad_request when there are too many. */
export async function putTestNumber(
  trx: Store,
  keyId: string,
  { contact, code, until }: TestNumber,
  now: number,
): Promise<void> {
  await trx.deleteFrom('test_numbers').where('key_id', '=', keyId).where('ends_at', '<=', now).execute();
  const others = await trx
    .selectFrom('test_numbers')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('key_id', '=', keyId)
    .where('contact', '<>', contact)
    .executeTakeFirstOrThrow();
  if (Number(others.count) >= MAX_TEST_NUMBERS) {
    throw new AppError('bad_request', `A key has at most ${MAX_TEST_NUMBERS} test numbers.`);
  }
  const columns = { code, ends_at: until };
  await trx
    .insertInto('test_numbers')
    .values({ key_id: keyId, contact, ...columns })
    .onConflict((conflict) => conflict.columns(['key_id', 'contact']).doUpdateSet(columns))
    .execute();
}

/** False: it was none. */
export async function removeTestNumber(trx: Store, keyId: string, contact: string): Promise<boolean> {
  const gone = await trx
    .deleteFrom('test_numbers')
    .where('key_id', '=', keyId)
    .where('contact', '=', contact)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}
