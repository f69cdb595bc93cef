import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../database/connect.js';
import type { Store, Tables } from '../../database/schema.js';
import { MIGRATIONS, migrationFiles } from '../../database/upgrade/migration-files.js';
import type { VerificationOrder } from '../../src/otp/verifications/verification.js';
import { createWorld } from '../callers/world.js';
import { createCodes, PHONE } from '../otp/codes.js';
import { DATABASES, newDatabase, newFolder, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { verificationParts } from '../support/verifications.js';

/** The last one before request ids, Twilio's clients, hooks and webhooks. */
const LAST = '0028_channels.sql';
const TABLES = ['jobs', 'codes', 'code_attempts'] as const;
const SARA = '+201001234568';

describe.each(DATABASES)('a database from before other programs were told, on %s', (kind) => {
  it('starts with its keys, and sends and checks the codes that wait', async () => {
    const waiting = await waitingCodes(kind);
    const { clock, verificationId } = waiting;
    const keys = await createWorld(kind);
    const { id: keyId, key } = await keys.make({ scopes: 'verify', refuseSms: true });

    const settings = await newDatabase(kind);
    const before = await openDatabase(settings, { folder: migrationsUntil(LAST) });
    expect((await before.store.introspection.getTables()).map(({ name }) => name)).not.toContain('hooks');
    await copyRows(keys.database.store, before.store, ['api_keys']);
    await copyRows(waiting.database.store, before.store, TABLES);
    await before.close();

    const database = await openDatabase(settings);
    const { store } = database;
    const after = codesOver(database, clock);
    onTestFinished(async () => {
      await after.stop();
      await database.close();
    });
    const row = await store.selectFrom('api_keys').selectAll().executeTakeFirstOrThrow();
    expect(row).toEqual({ ...(await keys.row(keyId)), sms_refused_at: null });
    expect(key.split('_')[1]).toBe(row.id);

    await store
      .insertInto('webhook_endpoints')
      .values({ id: 'wh_1', caller: 'env', url: 'https://example.com/', secret: 'sealed', created_at: 1 })
      .execute();
    await after.delivery.start();
    await until('both codes', async () => {
      await clock.advance(1_000);
      const jobs = await store.selectFrom('jobs').select(['status', 'request_id']).execute();
      return jobs.every(({ status, request_id }) => status === 'sent' && request_id === null);
    });
    const text = after.sender.written.find(({ recipient }) => recipient === SARA)?.text ?? '';
    const code = /\d{6}/.exec(text)?.[0] ?? '';
    await after.verifications.check({ id: verificationId }, code, null);
    expect(await after.verifications.find({ id: verificationId })).toMatchObject({ status: 'approved' });
    expect(after.sender.written).toHaveLength(2);
    // The other code is of a key, which has no endpoint.
    const events = await store.selectFrom('webhook_events').select('type').orderBy('id').execute();
    expect(events.map(({ type }) => type)).toEqual(['code.sent', 'verification.approved']);
    expect(await store.selectFrom('hooks').selectAll().execute()).toEqual([]);
  });
});

function codesOver(database: Database, clock?: ReturnType<typeof createCodes>['clock']) {
  const codes = createCodes(database, {
    ...(clock && { clock }),
    delivery: { minSendDelayMs: 0, maxSendDelayMs: 0 },
  });
  return { ...codes, ...verificationParts({ ...codes, database }) };
}

/** A code of the gateway and one of a verification, which nobody has sent yet. */
async function waitingCodes(kind: Database['kind']) {
  const database = await openTestDatabase(kind);
  onTestFinished(() => database.close());
  const { clock, request, verifications } = codesOver(database);
  await request(null, { recipient: PHONE });
  const order: VerificationOrder = {
    caller: 'env',
    contact: { kind: 'phone', value: SARA },
    route: null,
    channel: null,
    admit: null,
    userFirst: 'never',
    proof: 'code',
    locale: null,
    codeLength: 6,
    ttlMs: 600_000,
    action: null,
    client: null,
    address: null,
    metadata: null,
    returnUrl: null,
    test: null,
  };
  const { id: verificationId } = await verifications.start(order);
  return { database, clock, verificationId };
}

/** A folder with what the version before knew. */
function migrationsUntil(last: string): string {
  const folder = newFolder();
  const names = new Set(
    (['sqlite', 'postgres'] as const).flatMap((kind) => migrationFiles(kind)).map(({ name }) => name),
  );
  for (const name of names) {
    if (name <= last) copyFileSync(join(MIGRATIONS, name), join(folder, name));
  }
  return folder;
}

/** As far as the version before had columns for it. */
async function copyRows(from: Store, to: Store, tables: readonly (keyof Tables)[]): Promise<void> {
  const known = await to.introspection.getTables();
  for (const table of tables) {
    const columns = known.find(({ name }) => name === table)?.columns.map(({ name }) => sql.ref(name)) ?? [];
    const names = sql.join(columns);
    const { rows } = await sql<Record<string, unknown>>`SELECT ${names} FROM ${sql.table(table)}`.execute(
      from,
    );
    for (const row of rows) {
      const values = sql.join(Object.values(row));
      await sql`INSERT INTO ${sql.table(table)} (${names}) VALUES (${values})`.execute(to);
    }
  }
}
