import { onTestFinished } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createAuditLog } from '../../src/admin/audit/audit-log.js';
import { createCallers } from '../../src/callers/index.js';
import { readKeyOrder, type TypedKeyOrder } from '../../src/callers/key-order.js';
import { createKeys } from '../../src/callers/keys.js';
import { silentLog } from '../../src/log.js';
import { noFloods } from '../support/auth.js';
import { createTestClock } from '../support/clock.js';
import { type DATABASES, openTestDatabase } from '../support/databases.js';

export const HOME = '192.0.2.7';
export const BY = { actor: 'admin', address: HOME };
export const ENVIRONMENT_KEYS = ['the key of the environment', 'the previous key'];

/** The callers of one process, on a database of their own. */
export async function createWorld(kind: (typeof DATABASES)[number]) {
  const database = await openTestDatabase(kind);
  const clock = createTestClock();
  const audit = createAuditLog({ store: database.store, clock });
  const callers = createCallers({
    store: database.store,
    clock,
    log: silentLog,
    audit,
    floods: noFloods,
    environmentKeys: ENVIRONMENT_KEYS,
  });
  onTestFinished(async () => {
    await callers.idle();
    await database.close();
  });
  const statements = countStatements(database);
  const identify = async (key: string, address: string | null) => await callers.identify(key, () => address);

  return {
    database,
    clock,
    ...callers,
    identify,
    statements,
    /** As another process on the same database has them. */
    keysElsewhere: createKeys({ store: database.store, clock, audit }),
    make: (typed: Partial<TypedKeyOrder> = {}) =>
      callers.keys.create(readKeyOrder({ name: 'shop', scopes: 'otp:send', ...typed }, clock.now()), BY),
    /** The caller's id, null for nobody's key, or the code of the refusal. */
    whose: async (key: string, address: string | null = HOME) => {
      try {
        return (await identify(key, address))?.id ?? null;
      } catch (error) {
        return (error as { code: string }).code;
      }
    },
    row: async (id: string) =>
      await database.store.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  };
}

/** How many statements the database was given so far. */
function countStatements({ store }: Database): () => number {
  const executor = store.getExecutor();
  const { executeQuery } = executor;
  let count = 0;
  executor.executeQuery = function counted(...args) {
    count++;
    return Reflect.apply(executeQuery, this, args);
  };
  return () => count;
}
