import { it } from 'vitest';
import { until } from '../support/until.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';
import { failedCode, openDashboard, requestCode, startGateway, startPairedGateway } from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';
const OMAR = '+966501112233';
const NOBODY = '+447700900123';

const someNumbers = (count: number) =>
  Array.from({ length: count }, (_, index) => `+2010055000${10 + index}`);

it('the login, the pairing and the empty pages', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url, bypassCSP: true });
  await page.goto('/admin/login');
  await expectGoodLooks(page, 'login');
  await openDashboard(page, product);
  await page.getByRole('img', { name: 'QR code to scan with WhatsApp' }).waitFor();
  await expectGoodLooks(page, 'status-qr');
  await page.goto('/admin/jobs');
  await expectGoodLooks(page, 'jobs-empty');
  await page.goto('/admin/nowhere');
  await expectGoodLooks(page, 'not-found');
});

it('the status page at work, and its question', async () => {
  const gateway = await startPairedGateway();
  const { whatsapp, product } = gateway;
  await failedCode(gateway, OMAR);
  whatsapp.setOnWhatsApp(NOBODY, false);
  for (const number of [NOBODY, ...someNumbers(12)]) await requestCode(product, number);
  const page = await browser.newPage({ baseURL: product.url, bypassCSP: true });
  await openDashboard(page, product);
  await page.getByRole('link', { name: '12 sent' }).waitFor();
  await page.locator('canvas').waitFor();
  await expectGoodLooks(page, 'status');

  await page.getByText('Show as a table').click();
  await page.getByRole('button', { name: 'Pause sending' }).click();
  await page.getByText(/^Paused since/).waitFor();
  await expectGoodLooks(page, 'status-paused');
  await page.getByRole('button', { name: 'Logout WA & New Scan' }).click();
  await page.getByRole('dialog').waitFor();
  await expectGoodLooks(page, 'status-question');
});

it('the jobs, the story of one, and the audit log', async () => {
  const gateway = await startPairedGateway();
  const { whatsapp, product } = gateway;
  const failed = await failedCode(gateway, OMAR);
  whatsapp.setOnWhatsApp(NOBODY, false);
  for (const number of [...someNumbers(27), NOBODY]) await requestCode(product, number);
  whatsapp.handset(SARA).autoRead = true;
  const read = await requestCode(product, SARA);
  await until('read', async () => (await product.job(read.jobId)).readAt);
  const page = await browser.newPage({ baseURL: product.url, bypassCSP: true });
  await openDashboard(page, product);
  await page.goto('/admin/jobs');
  await page.getByText('1–25 of 30').waitFor();
  await expectGoodLooks(page, 'jobs');
  await page.goto('/admin/jobs?status=failed&q=refused&since=24h');
  await expectGoodLooks(page, 'jobs-filtered');
  await page.goto('/admin/jobs?q=nothing-like-this');
  await page.getByText('No job matches this filter.').waitFor();
  await expectGoodLooks(page, 'jobs-none');
  await page.goto(`/admin/jobs/${read.jobId}`);
  await expectGoodLooks(page, 'job-read');
  await page.goto(`/admin/jobs/${failed.jobId}`);
  await expectGoodLooks(page, 'job-failed');
  await page.goto('/admin/audit');
  await expectGoodLooks(page, 'audit');

  await page.getByRole('link', { name: 'all sessions' }).click();
  await page.getByText('this session').waitFor();
  await expectGoodLooks(page, 'sessions');
});
