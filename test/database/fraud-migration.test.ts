import { type RawBuilder, sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { orderOf } from '../../src/callers/key-rows.js';
import { DATABASES, newDatabase } from '../support/databases.js';

describe.each(DATABASES)(
  'a database from before codes were counted by the minute and the hour, on %s',
  (kind) => {
    it('is taken over with its API keys, which have no such limits', async () => {
      const settings = await newDatabase(kind);
      const before = await openDatabase(settings);
      await undo(before.store);
      await sql`INSERT INTO api_keys (id, name, scopes, per_minute, per_day, secret_hash, created_at, created_by)
      VALUES ('Ab12Cd34', 'shop', 'otp:send', 60, 1000, 'hash', 1, 'operator')`.execute(before.store);
      await before.close();

      const { store, close } = await openDatabase(settings);
      onTestFinished(() => close());
      const row = await store.selectFrom('api_keys').selectAll().executeTakeFirstOrThrow();
      expect(orderOf(row)).toMatchObject({
        name: 'shop',
        limits: { perMinute: 60, codesPerMinute: null, codesPerHour: null, perDay: 1_000, perCountry: null },
      });
    });
  },
);

/** As the version before left it. */
async function undo(store: Store): Promise<void> {
  const statements: RawBuilder<unknown>[] = [
    sql`DROP TABLE conversions`,
    sql`DROP TABLE blocked_prefixes`,
    sql`ALTER TABLE api_keys DROP COLUMN codes_per_minute`,
    sql`ALTER TABLE api_keys DROP COLUMN codes_per_hour`,
    sql`DELETE FROM schema_migrations WHERE name = '0027_fraud.sql'`,
  ];
  for (const statement of statements) await statement.execute(store);
}
