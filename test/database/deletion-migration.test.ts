import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import { createUsers } from '../../src/auth/accounts/users.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, newDatabase } from '../support/databases.js';

const OURS = '0015_deletion.sql';
const PHONE = '+6281234567890';

it.each(DATABASES)('jobs of before are forgotten with an account, too, on %s', async (kind) => {
  const settings = await newDatabase(kind);
  const before = await openDatabase(settings);
  await sql`DROP INDEX jobs_people`.execute(before.store);
  await sql`DELETE FROM schema_migrations WHERE name = ${OURS}`.execute(before.store);
  await sql`INSERT INTO users (id, contract, phone, profile, created_at, updated_at)
    VALUES ('asha', 'phone', ${PHONE}, '{}', 10, 20)`.execute(before.store);
  await sql`INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, run_at, created_at,
      finished_at, expires_at)
    VALUES ('default', 'whatsapp', 'phone-login', ${PHONE}, 'M', 'hash', 'sent', 1, 1, 1, 1)`.execute(
    before.store,
  );
  await before.close();

  const { store, close } = await openDatabase(settings);
  onTestFinished(() => close());
  await createUsers({ store, clock: createTestClock() }).remove('asha');
  expect(await store.selectFrom('jobs').select(['recipient', 'status']).execute()).toEqual([
    { recipient: '', status: 'sent' },
  ]);
  await sql`DROP INDEX jobs_people`.execute(store);
});
