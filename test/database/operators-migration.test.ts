import { type RawBuilder, sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { createWorld, EMAIL } from '../auth/world.js';
import { DATABASES, newDatabase } from '../support/databases.js';

it.each(DATABASES)(
  'a database from before sign-ins were written down starts with its data, on %s',
  async (kind) => {
    const settings = await newDatabase(kind);
    const before = await openDatabase(settings);
    await undo(before.store);
    await sql`INSERT INTO users (id, contract, email, email_verified_at, profile, created_at, updated_at, last_login_at)
    VALUES ('asha', 'cookie', ${EMAIL}, 10, '{}', 10, 20, 30)`.execute(before.store);
    for (const [actor, action] of [
      ['a password by mistake', 'sign_in_failed'],
      ['operator', 'signed_in'],
    ]) {
      await sql`INSERT INTO audit_log (at, actor, address, action)
      VALUES (1, ${actor}, '192.0.2.7', ${action})`.execute(before.store);
    }
    await before.close();

    const database = await openDatabase(settings);
    onTestFinished(() => database.close());
    const { plainAuth } = createWorld(database);
    const user = await plainAuth.users.find('asha');
    expect(user).toMatchObject({ email: EMAIL, lastLoginAt: 30 });
    expect(await plainAuth.history.of({ id: 'asha', phone: null, email: EMAIL })).toMatchObject({
      signIns: [],
    });
    const actors = await database.store.selectFrom('audit_log').select('actor').orderBy('id').execute();
    expect(actors).toEqual([{ actor: '(another name)' }, { actor: 'operator' }]);
  },
);

/** As the version before left it. */
async function undo(store: Store): Promise<void> {
  const statements: RawBuilder<unknown>[] = [
    ...['flood_counts', 'operator_clients', 'sign_ins', 'digit_searches'].map(
      (table) => sql`DROP TABLE ${sql.ref(table)}`,
    ),
    sql`DELETE FROM schema_migrations WHERE name = '0017_operators.sql'`,
  ];
  for (const statement of statements) await statement.execute(store);
}
