import { type RawBuilder, sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { DATABASES, newDatabase } from '../support/databases.js';

const OURS = '0007_people.sql';

describe.each(DATABASES)('a database from before people could have two spellings, on %s', (kind) => {
  it('is taken over with its accounts, and knows when each was last signed in to by its number', async () => {
    const settings = await newDatabase(kind);
    const before = await openDatabase(settings);
    await undo(before.store);
    const added: [id: string, contract: string, phone: string | null, login: number | null][] = [
      ['code', 'phone', '+5511987654321', 30],
      ['never', 'whatsapp', '+551187654321', null],
      ['password', 'cookie', '+5511987654322', 30],
      ['mail', 'two-factor', null, 30],
    ];
    for (const [id, contract, phone, login] of added) {
      await sql`INSERT INTO users (id, contract, phone, profile, created_at, updated_at, last_login_at)
        VALUES (${id}, ${contract}, ${phone}, '{}', 10, 20, ${login})`.execute(before.store);
    }
    await before.close();

    const { store, close } = await openDatabase(settings);
    onTestFinished(() => close());
    const users = await store.selectFrom('users').select(['id', 'phone', 'phone_used_at']).execute();
    expect(new Map(users.map(({ id, phone_used_at }) => [id, phone_used_at]))).toEqual(
      new Map([
        ['code', 30],
        ['never', 10],
        // Nobody signs in to such an account by its number: it was proven when it was made.
        ['password', 10],
        ['mail', null],
      ]),
    );
    expect(users.filter(({ phone }) => phone !== null)).toHaveLength(3);
    expect(await store.selectFrom('numbers').selectAll().execute()).toEqual([]);
  });
});

/** As the version before left it. */
async function undo(store: Store): Promise<void> {
  const statements: RawBuilder<unknown>[] = [
    sql`DROP TABLE lost_numbers`,
    sql`DROP TABLE numbers`,
    sql`ALTER TABLE users DROP COLUMN phone_used_at`,
    sql`DELETE FROM schema_migrations WHERE name = ${OURS}`,
  ];
  for (const statement of statements) await statement.execute(store);
}
