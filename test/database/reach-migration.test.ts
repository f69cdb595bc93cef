import { type RawBuilder, sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { DATABASES, newDatabase } from '../support/databases.js';

const OURS = '0021_reach.sql';
const COLUMNS = {
  recipients: ['token_at', 'wrote_at', 'reachable_until', 'refused_until', 'silent_at'],
  service_status: [
    'capped_at',
    'capped_until',
    'quota',
    'locked_at',
    'linked_at',
    'tokens_read_at',
    'by_number_at',
  ],
};

describe.each(DATABASES)('a database from before it was kept who is within reach, on %s', (kind) => {
  it('starts with its people, whose tokens are to be taken over, and its link is as old as its first message', async () => {
    const settings = await newDatabase(kind);
    const before = await openDatabase(settings);
    await undo(before.store);
    await sql`INSERT INTO service_status (account, state, since, phone, restricted_at)
      VALUES ('default', 'READY', 1, '+201000000001', 5), ('other', 'READY', 1, NULL, NULL)`.execute(
      before.store,
    );
    await sql`INSERT INTO recipients (account, recipient, jid, first_accepted_at)
      VALUES ('default', '+201001234567', '201001234567@s.whatsapp.net', 30), ('default', '+201001234568', NULL, 20),
        ('default', '+201001234569', NULL, NULL)`.execute(before.store);
    await before.close();

    const { store, close } = await openDatabase(settings);
    onTestFinished(() => close());
    const numbers = await store.selectFrom('service_status').selectAll().orderBy('account').execute();
    expect(numbers).toMatchObject([
      { account: 'default', linked_at: 20, tokens_read_at: null, restricted_at: 5 },
      { account: 'other', linked_at: null },
    ]);
    const people = await store.selectFrom('recipients').selectAll().orderBy('recipient').execute();
    expect(people.map(({ first_accepted_at: at, reachable_until: until }) => [at, until])).toEqual([
      [30, null],
      [20, null],
      [null, null],
    ]);
  });
});

/** As the version before left it. */
async function undo(store: Store): Promise<void> {
  const statements: RawBuilder<unknown>[] = Object.entries(COLUMNS).flatMap(([table, columns]) =>
    columns.map((column) => sql`ALTER TABLE ${sql.table(table)} DROP COLUMN ${sql.ref(column)}`),
  );
  statements.push(sql`DELETE FROM schema_migrations WHERE name = ${OURS}`);
  for (const statement of statements) await statement.execute(store);
}
