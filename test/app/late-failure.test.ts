import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { type DatabaseSettings, openDatabase } from '../../database/connect.js';
import { takeInstanceLock } from '../../database/locks/instance-lock.js';
import { openApp } from '../../src/app.js';
import { silentLog } from '../../src/log.js';
import { createMailServer } from '../../src/sandbox/mail/index.js';
import { DATABASES, newMigratedDatabase } from '../support/databases.js';
import { newEnvironment, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

/** Tables that a start needs at different moments, the latest last. */
const NEEDED = ['service_status', 'numbers', 'lease_owners', 'jobs'];

describe.each(DATABASES)('a start that fails late, on %s', (kind) => {
  it.each(NEEDED)('leaves nothing open: %s cannot be read', async (table) => {
    const whatsapp = await startWhatsApp();
    const mail = await createMailServer();
    const settings = await newMigratedDatabase(kind);
    const config = loadConfig({
      environment: newEnvironment(whatsapp, {
        NODE_ENV: 'test',
        SMTP_URL: mail.url,
        EMAIL_FROM: 'no-reply@example.com',
        ...(settings.kind === 'postgres'
          ? { DATABASE_URL: settings.url }
          : { DB_FILENAME: settings.filename }),
      }),
      envFile: null,
    });
    const start = () => openApp({ config, log: silentLog, onLockLost: () => {} });
    await rename(settings, table, 'away');

    await expect(start()).rejects.toThrow(new RegExp(table));
    const lock = await takeInstanceLock(settings, () => {});
    await lock.release();
    if (settings.kind === 'postgres') await until('no connection is left', () => unused(settings.url));

    await rename(settings, 'away', table);
    const app = await start();
    await app.listen();
    await app.close();
    await mail.close();
  });
});

async function rename(settings: DatabaseSettings, from: string, to: string): Promise<void> {
  const { store, close } = await openDatabase(settings);
  await sql`ALTER TABLE ${sql.table(from)} RENAME TO ${sql.table(to)}`.execute(store);
  await close();
}

/** Nobody but the one who asks is connected. */
async function unused(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  await client.end();
  return rowCount === 0;
}
