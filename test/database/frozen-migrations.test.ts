import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DatabaseSettings, openDatabase } from '../../database/connect.js';
import { projectRoot } from '../../database/root.js';
import type { Store } from '../../database/schema.js';
import { databaseRefusal } from '../../database/start-refused.js';
import { MIGRATIONS, migrationFiles } from '../../database/upgrade/migration-files.js';
import { DATABASES, newDatabase, newFolder } from '../support/databases.js';

/** Never change a line: a migration that has landed is frozen. A new one gets a line of its own. */
const LANDED = {
  '0001_gateway.sql': '3dec337ba9645e42718321d9bf4cf8b002ad362b046f3175e2d7a7d0940fbea1',
  '0002_dashboard.sql': '74ad7ffe3d4da548441b2118f21c147310936225f56150a49b96aec63bd53f51',
  '0003_dashboard.postgres.sql': '5752e45fabc79f280fdb4eea6e864c7b3b6695789a3de95006a9f731fdf6fa02',
  '0003_dashboard.sqlite.sql': '6e0b4d0d32709711ef6439aaa4cb5aaae51a400346f85c2ab10794ccc7ca2a9a',
  '0004_auth.sql': 'ef7a64290667dd5312196dc46fd7f19fdecd2167d1cec7a5dbfd988fab0e8357',
  '0005_trouble.sql': '15833837f253abfaead879451c81a7983026a353efed8b25156cedbb34d9ca91',
  '0006_addresses.sql': '35a3e6e8f8f37dc905c3a36ccd10f49e62a46bf2da4def992f84ea839842f80f',
  '0007_people.sql': 'a248f1e02a89a029a7e9893563b0abc5b1e2d0000f63d6146959cb90c63ca950',
  '0008_search.postgres.sql': '9fe36bfa2e8912fed15191b4171dd45991ae57d5f36469d221829d29f401db08',
  '0008_search.sqlite.sql': '524b97067995c01f4ff18975849b4a640548acaed32e1a8c05d6d95ed76c799d',
  '0009_callers.sql': '66831593734153a8f5e74f0cbf07caa81936fb7322c4e8f46defc1b95d866b95',
  '0010_owners.sql': '79b455ad522ffd8f4803bc36ef991abd17f58cf367f7f82f3040327e79cdf6de',
  '0011_api_keys.sql': '404cf14183502c7c82f84c6e1deb0b8f61746ad492ebfd9bd1ac09de949778da',
  '0012_alerted_at.sql': '59ebe647ae7bc48547d8f3d35d65b71d696e0d19064aedee66bec2c0b0599dc8',
  '0013_limits.sql': '89113abd2a2854dd3c641746ae704224fbe8382b14dcf60bc24766883aeaf6de',
  '0016_cold.sql': 'e3c9ec8db52494e096632fbc5eaf0b8e329c490e10c5f7a233bed260652b76d8',
  '0017_operators.sql': '25f7f11c4624fc82beacf38b712ce4a97cf834a4d30780baba338660d358efd4',
  '0014_notices.postgres.sql': 'a3c3ed46f85eca785b74ff5258afc32ceafd490e12a29ae584f2ee18a59b47c1',
  '0014_notices.sqlite.sql': '70b53ac6d333d9004a1501760719749dd926462cd3a10a72b0d8469e39460b51',
  '0015_deletion.sql': 'c392614e58fc098f19a3dff1486936295679931c9f85b6ab2289823e6d30798e',
  '0019_imported.sql': '57cca25c3f223dc8e768bb4c31d9e69b263d9eb292dc3cdcbf91f0f7756ff092',
  '0018_key_changes.sql': 'a2971da6ca5b789bba006bd66174f4db2f6e78ae25610e02a96184907dcf6bf4',
  '0027_fraud.sql': '277cc94cb5b0d4ebf4ac6b470c4aba9908c553d28598096bbf46d0b85b0ad679',
  '0020_codes.sql': 'e09c9564065a549f981770ab22c7e327f6efb46c2e9a7e38ba65e2a2e900e579',
  '0025_provider_messages.sql': '20c1b28e657849625da5eabab9ce6001a93f66a00269f098717ec02694e3e605',
  '0024_routes.sql': '8448010a7db1cfde4a31b7b9bd9c92706d6322e12ecd76f56a9e831c2be04c6c',
  '0022_writing_first.sql': '573f04b3ecee372d3303389d96ca36296b56244f0fcd957926fff8dc4299c931',
  '0023_verifications.sql': 'ff3fdd413765aa7f64fd22b21827f2cd3fe1fcbabcf3d985ebb44585e2fd1df9',
  '0026_own_texts.sql': '4fba62fc767525c3bd9d3e76dba6e91ae17970b20bda3855daed1b58cb0701bb',
  '0021_reach.sql': '0534cf3ba8b81a2f63249a0cddfe4e55a368bd55caea62eccf2ef9d5461a2083',
  '0028_channels.sql': 'c663a01c57fd5ddd8cdd3889eacaa8a3a94d9fa474b35c86a86437b4f22d3e7b',
  '0029_requests.postgres.sql': 'c52fed563098169ca762532587271eb93ce34326fff387c989914f0e91764059',
  '0029_requests.sqlite.sql': 'dfc7ddd85a7cf6ef9c095caa0cee03f364d5a4b40afbb3f975e509d6773c3fbf',
  '0030_twilio.sql': 'd3cb3b00abd413793574756907b0ccba6e37f0c6a9ec4db9cd91309765eb1787',
  '0031_hooks.sql': '16ab3ed037e5a0ba2966a5c1e96f9de83de9822319a6e83e1894fe69e11dc3b9',
  '0032_webhooks.sql': '19b6a80bf2955139156a0e27ce4985dc51e34ed114d3714a1989f3036afe27d4',
  '0032_webhooks_outbox.postgres.sql': '84f415bed8e2813229998a5a504123aa5d1705f00a005de97e7d533ad69dfa19',
  '0032_webhooks_outbox.sqlite.sql': '3928a289771a56847034397e94a4046d3af3d15230ab5ddaab1752d6ce6e9e10',
};

it('every migration is the one that has landed', () => {
  const files = [...migrationFiles('sqlite'), ...migrationFiles('postgres')];
  expect(Object.fromEntries(files.map(({ name, checksum }) => [name, checksum]))).toEqual(LANDED);
});

it('git hands every text out with the line endings of the checksums', () => {
  const rules = readFileSync(join(projectRoot, '.gitattributes'), 'utf8').trim().split('\n');
  expect(rules).toEqual(['* text=auto eol=lf']);
});

describe.each(DATABASES)('a database on %s', (kind) => {
  /** A folder of migrations that a test may change. */
  function copied(change: (name: string, text: string) => string = (_, text) => text): string {
    const folder = newFolder();
    for (const name of readdirSync(MIGRATIONS)) {
      writeFileSync(join(folder, name), change(name, readFileSync(join(MIGRATIONS, name), 'utf8')));
    }
    return folder;
  }

  async function opened(settings: DatabaseSettings, act: (store: Store) => Promise<unknown>): Promise<void> {
    const { store, close } = await openDatabase(settings);
    await act(store).finally(close);
  }

  const checksums = async (store: Store) => {
    const { rows } = await sql<{ name: string; checksum: string }>`
      SELECT name, checksum FROM schema_migrations`.execute(store);
    return Object.fromEntries(rows.map(({ name, checksum }) => [name, checksum]));
  };
  const expected = Object.fromEntries(migrationFiles(kind).map(({ name, checksum }) => [name, checksum]));
  const refusal = async (settings: DatabaseSettings, folder?: string) => {
    const error = await openDatabase(settings, folder === undefined ? {} : { folder }).catch(
      (error) => error,
    );
    return databaseRefusal(kind, error).message;
  };
  const variable = kind === 'sqlite' ? 'DB_FILENAME' : 'DATABASE_URL';

  it('knows the checksum of every migration that made it', async () => {
    await opened(await newDatabase(kind), async (store) => {
      expect(await checksums(store)).toEqual(expected);
    });
  });

  it('is the same for files with the line endings of Windows', async () => {
    const settings = await newDatabase(kind);
    const folder = copied((_, text) => text.replaceAll('\n', '\r\n'));
    const { close } = await openDatabase(settings, { folder });
    await close();
    await opened(settings, async (store) => expect(await checksums(store)).toEqual(expected));
  });

  it('is refused when a migration was changed after it had been applied', async () => {
    const settings = await newDatabase(kind);
    await opened(settings, async () => {});
    const folder = copied((name, text) => (name === '0004_auth.sql' ? `${text}-- a remark\n` : text));
    expect(await refusal(settings, folder)).toBe(
      `${variable}: must be a database that this program's migrations have made, but database/migrations/0004_auth.sql was changed after it had been applied there; put the file of the release back, then start again.`,
    );
  });

  it('of before there were checksums gets them, once', async () => {
    const settings = await newDatabase(kind);
    await opened(settings, (store) => sql`ALTER TABLE schema_migrations DROP COLUMN checksum`.execute(store));
    const before = await openDatabase(settings);
    onTestFinished(() => before.close());
    expect(await checksums(before.store)).toEqual(expected);

    await sql`UPDATE schema_migrations SET checksum = NULL WHERE name = '0009_callers.sql'`.execute(
      before.store,
    );
    await opened(settings, async (store) => expect(await checksums(store)).toEqual(expected));
  });

  it.each([
    ['idempotency_keys', 'job_id'],
    ['message_shapes', 'hash'],
  ])('of before the first release, without %s.%s, is refused', async (table, column) => {
    const settings = await newDatabase(kind);
    await opened(settings, async (store) => {
      await sql`ALTER TABLE schema_migrations DROP COLUMN checksum`.execute(store);
      await sql`ALTER TABLE ${sql.table(table)} RENAME COLUMN ${sql.ref(column)} TO old`.execute(store);
    });
    expect(await refusal(settings)).toBe(
      `${variable}: must be a database that this program's migrations have made, but this one is of a time before the first release (its table ${table} has no column ${column}); name a new one.`,
    );
    // Nothing was changed: the same answer comes again.
    expect(await refusal(settings)).toContain(`no column ${column}`);
  });
});
