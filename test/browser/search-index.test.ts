import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { fillJobs } from '../../bench/dashboard-fill.js';
import { openDatabase } from '../../database/connect.js';
import { createKeyedHash } from '../../src/sealing.js';
import { newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';
import { openDashboard } from './operator.js';

const browser = useBrowser();
const JOBS = 20_000;
/** Its code lives: the index waits for it. */
const LIVING = 9_000;

it('while the index is built the jobs page says how far it is, and a search that ends early goes on', async () => {
  const env = newEnvironment(await startWhatsApp());
  const filename = env.DB_FILENAME ?? '';
  const settings = { kind: 'sqlite', filename } as const;
  const database = await openDatabase(settings);
  await fillJobs(settings, createKeyedHash(env.ENCRYPTION_KEY ?? '', 'code'), JOBS);
  const living = { body: 'sealed', expires_at: Date.now() + 3_600_000 };
  await database.store.updateTable('jobs').set(living).where('id', '=', LIVING).execute();
  await database.close();
  const product = await startProduct(env);
  const page = await browser.newPage({ baseURL: product.url, bypassCSP: true });
  await openDashboard(page, product);

  await page.goto('/admin/jobs?q=471');
  const notice = page.getByText('up to job #8,191 of #20,000');
  await notice.waitFor();
  await page.getByText(/^1–\d+ of at least \d+$/).waitFor();
  await page.getByText(/^Searched back to job #\d/).waitFor();
  await expectGoodLooks(page, 'jobs-indexing');
  await page.getByRole('link', { name: 'Search older jobs' }).click();
  await page
    .getByRole('list', { name: 'Filters in use' })
    .getByText(/^Older than/)
    .waitFor();
  const older = new URL(page.url()).searchParams;
  expect([older.get('q'), Number(older.get('before')) > 0]).toEqual(['471', true]);

  await page.goto('/admin/jobs?q=nobody');
  await page.getByText('No match among the jobs searched so far.').waitFor();
  await expectGoodLooks(page, 'jobs-indexing-none');

  const file = new Sqlite(filename);
  file.prepare('UPDATE jobs SET body = NULL WHERE id = ?').run(LIVING);
  file.close();
  await notice.waitFor({ state: 'detached', timeout: 30_000 });
  await page.getByText('No job matches this filter.').waitFor({ timeout: 30_000 });
}, 120_000);
