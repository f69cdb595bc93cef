import { type RawBuilder, sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { createKeyedHash } from '../../src/sealing.js';
import { clientAt, contactOf, createWorld, EMAIL, outcome, PHONE, visitedBy } from '../auth/world.js';
import { DATABASES, newDatabase } from '../support/databases.js';
import { KEY } from '../support/secrets.js';

const OURS = '0013_limits.sql';
const CODE = '123456';

describe.each(DATABASES)('a database from before clients were told apart, on %s', (kind) => {
  it('keeps the codes that wait: for a registration, from any address, and for signing in', async () => {
    const settings = await newDatabase(kind);
    const before = await openDatabase(settings);
    await undo(before.store);
    const { clock } = createWorld(before);
    const now = clock.now();
    const later = now + 300_000;
    await sql`INSERT INTO registrations (id, contract, contact, email, password_hash, profile, created_at, expires_at)
      VALUES ('r1', 'cookie', ${`email:${EMAIL}`}, ${EMAIL}, 'a hash', '{}', ${now}, ${later})`.execute(
      before.store,
    );
    await sql`INSERT INTO users (id, contract, phone, profile, created_at, updated_at)
      VALUES ('asha', 'whatsapp', ${PHONE}, '{}', 10, 20)`.execute(before.store);
    const hash = createKeyedHash(KEY, 'challenge');
    for (const [subject, purpose, contract, id, contact] of [
      [`email:${EMAIL}`, 'register', 'cookie', 'c1', `email:${EMAIL}`],
      ['asha', 'login', 'whatsapp', 'c2', `phone:${PHONE}`],
    ] as const) {
      const codeHash = hash([contract, purpose, subject, id, CODE].join('\n'));
      await sql`INSERT INTO otp_challenges (subject, purpose, contract, id, contact, code_hash, tries, opened_at,
          created_at, expires_at)
        VALUES (${subject}, ${purpose}, ${contract}, ${id}, ${contact}, ${codeHash}, 0, ${now}, ${now}, ${later})`.execute(
        before.store,
      );
    }
    await before.close();

    const database = await openDatabase(settings);
    onTestFinished(() => database.close());
    const world = createWorld(database, { clock });
    const anywhere = visitedBy(clientAt('203.0.113.77'), world.plainAuth);
    const finished = anywhere.for('cookie').signUp.finish(contactOf(EMAIL), CODE);
    expect(await world.account(finished)).toMatchObject({ id: 'r1', email: EMAIL, password_hash: 'a hash' });
    expect(await outcome(anywhere.for('whatsapp').signIn.byCode(PHONE, CODE))).toBe('ok');
    expect(await outcome(anywhere.for('whatsapp').signIn.byCode(PHONE, CODE))).toBe('code_invalid');
  });
});

/** As the version before left it. */
async function undo(store: Store): Promise<void> {
  const statements: RawBuilder<unknown>[] = [
    ...['limit_counts', 'known_clients', 'challenges', 'client_failures', 'client_sends'].map(
      (table) => sql`DROP TABLE ${sql.ref(table)}`,
    ),
    sql`ALTER TABLE registrations DROP COLUMN client`,
    sql`ALTER TABLE registrations DROP COLUMN network`,
    sql`ALTER TABLE jobs DROP COLUMN asked_by`,
    sql`ALTER TABLE users DROP COLUMN password_contact`,
    sql`DELETE FROM schema_migrations WHERE name = ${OURS}`,
  ];
  for (const statement of statements) await statement.execute(store);
}
