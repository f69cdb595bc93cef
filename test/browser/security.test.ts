import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { useBrowser } from './browser.js';
import { failedCode, openDashboard, rowOf, startGateway, startPairedGateway } from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';
const SCRIPT = `<script>alert("owned")</script><img src="x" onerror="alert('owned')">`;

it('markup in a phone number, an error or a search is shown as text on every page', async () => {
  const gateway = await startPairedGateway();
  const { jobId } = await failedCode(gateway, SARA);
  const database = new Sqlite(gateway.product.env.DB_FILENAME);
  database.prepare('UPDATE jobs SET error_message = ?, recipient = ?').run(SCRIPT, SCRIPT);
  database.close();
  const page = await browser.newPage({ baseURL: gateway.product.url });
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    return dialog.dismiss();
  });

  await openDashboard(page, gateway.product);
  await rowOf(page, jobId).getByText(SCRIPT).waitFor();
  await page.goto(`/admin/jobs?${new URLSearchParams({ status: 'failed' })}`);
  await rowOf(page, jobId).getByText(SCRIPT).waitFor();
  await page.getByRole('button', { name: `Reveal the number of job #${jobId}` }).click();
  await page.locator('[data-number]').getByText(SCRIPT).waitFor();
  await page.goto(`/admin/jobs?${new URLSearchParams({ q: SCRIPT })}`);
  expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe(SCRIPT);
  await page.goto(`/admin/jobs/${jobId}`);
  await page.getByText(SCRIPT).first().waitFor();
  await page.goto('/admin/audit');
  await page.getByRole('heading', { name: 'Audit log' }).waitFor();
  expect(dialogs).toEqual([]);
});

it('a made-up user name is text on the page, and not in the audit log', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await page.goto('/admin/login');
  await page.getByLabel('User name').fill(SCRIPT.slice(0, 60));
  await page.getByLabel('Password').fill('a wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('User name').inputValue()).toBe(SCRIPT.slice(0, 60));
  await openDashboard(page, product);
  await page.goto('/admin/audit');
  await page.getByRole('cell', { name: '(another name)' }).waitFor();
  expect(await page.getByText('owned').count()).toBe(0);
});

it('the pages run under a policy that refuses inline scripts and everything from elsewhere', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  for (const path of ['/admin/status', '/admin/jobs', '/admin/audit', '/admin/nowhere', '/admin/jobs/99']) {
    const policy = (await page.goto(path))?.headers()['content-security-policy'] ?? '';
    expect(policy, path).toContain("default-src 'self'");
    expect(policy, path).not.toContain('unsafe');
    expect(await page.locator('[style], [onclick], style, script:not([src])').count(), path).toBe(0);
  }
});

it('the QR, the pages and their JSON are for a session only', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  const picture = page.getByRole('img', { name: 'QR code to scan with WhatsApp' });
  await picture.waitFor();
  const source = (await picture.getAttribute('src')) ?? '';
  const seen = await page.request.get(source);
  expect(seen.headers()).toMatchObject({
    'content-type': expect.stringContaining('image/svg+xml'),
    'cache-control': 'no-store',
  });

  const stranger = (await browser.newPage({ baseURL: product.url })).request;
  for (const path of [source, '/admin/status', '/admin/jobs', '/admin/jobs/1', '/admin/audit']) {
    const answer = await stranger.get(path, { maxRedirects: 0 });
    expect([answer.status(), answer.headers().location], path).toEqual([302, '/admin/login']);
  }
  for (const path of [
    '/admin/api/status',
    '/admin/api/stats',
    '/admin/api/jobs',
    '/admin/api/jobs/1',
    '/admin/events',
  ]) {
    expect((await stranger.get(path)).status(), path).toBe(401);
  }
});
