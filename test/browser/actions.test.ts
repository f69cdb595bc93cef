import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { useBrowser } from './browser.js';
import {
  auditedActions,
  buttonsAnswer,
  failedCode,
  openDashboard,
  requestCode,
  rowOf,
  startPairedGateway,
} from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';
const OMAR = '+966501112233';
const LINA = '+447700900123';

const reads = (page: Page, text: string | RegExp) => page.getByRole('status').getByText(text).waitFor();

it('a failed job is retried with a press of its button, and arrives as the same code', async () => {
  const gateway = await startPairedGateway();
  const { jobId, code } = await failedCode(gateway, SARA);
  const page = await browser.newPage();
  await openDashboard(page, gateway.product);
  const row = rowOf(page, jobId);
  await row.getByText('WhatsApp refused the message.').waitFor();

  await row.getByRole('button', { name: 'Retry' }).dblclick();
  await row.getByText('sent', { exact: true }).waitFor();
  const message = await gateway.whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  expect(message).toMatchObject({ copies: 1, text: expect.stringContaining(code) });
  expect(await row.getByRole('button', { name: 'Retry' }).count()).toBe(0);
  expect(await auditedActions(page)).toEqual([`retried job #${jobId}`, 'signed in', 'signed in']);
});

it('a failed job whose code has expired says so and offers no retry', async () => {
  const gateway = await startPairedGateway({ OTP_TTL_SECONDS: '10' });
  const page = await browser.newPage();
  await openDashboard(page, gateway.product);
  const { jobId, expiresAt } = await failedCode(gateway, SARA);
  const row = rowOf(page, jobId);
  await row.getByRole('button', { name: 'Retry' }).waitFor();

  // A page that could not hear of the expiry.
  await page.route('**/admin/{status,events}', (route) => route.abort());
  await until('the end of the code', () => Date.now() > expiresAt);
  await row.getByRole('button', { name: 'Retry' }).click();
  await page
    .getByRole('alert')
    .getByText(/expired/)
    .waitFor();

  await page.goto(`${gateway.product.url}/admin/jobs?status=failed`);
  await buttonsAnswer(page);
  await row.getByText(/code (has )?expired/i).waitFor();
  expect(await row.getByRole('button', { name: 'Retry' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Retry all that match' }).click();
  const question = page.getByRole('dialog');
  await question.getByText('None of these jobs can be retried').waitFor();
  expect(await question.getByRole('button', { name: 'Retry' }).isDisabled()).toBe(true);
  await question.getByRole('button', { name: 'Cancel' }).click();
  await row.getByRole('link').click();
  await page.getByText('This job cannot be retried.').waitFor();
  expect(await page.getByRole('button', { name: 'Retry' }).count()).toBe(0);
});

it('all that match are retried, then deleted, after a question that tells how many', async () => {
  const gateway = await startPairedGateway();
  for (const number of [SARA, OMAR]) await failedCode(gateway, number);
  const kept = await requestCode(gateway.product, LINA);
  const page = await browser.newPage();
  await openDashboard(page, gateway.product);
  await page.getByRole('link', { name: '2 failed' }).click();
  await page.waitForURL(/status=failed/);

  await page.getByRole('button', { name: 'Retry all that match' }).click();
  const question = page.getByRole('dialog');
  await question.getByText('2 jobs will go back to the queue').waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'hidden' });
  expect(gateway.whatsapp.messages(SARA)).toEqual([]);
  await page.getByRole('button', { name: 'Retry all that match' }).click();
  await question.getByRole('button', { name: 'Retry 2 jobs' }).click();
  await reads(page, '2 jobs back in the queue.');
  for (const to of [SARA, OMAR])
    await gateway.whatsapp.waitForMessage((message) => message.to === to, 60_000);
  await page.getByText('No job matches this filter.').waitFor();

  await page.getByRole('link', { name: 'Clear all' }).click();
  await page.getByRole('searchbox', { name: 'Search' }).fill('+2010012');
  await page.getByRole('searchbox', { name: 'Search' }).press('Enter');
  await page.getByText('1–1 of 1').waitFor();
  await page.getByRole('button', { name: 'Delete all that match' }).click();
  await question.getByRole('button', { name: 'Delete 1 job' }).click();
  await reads(page, '1 job deleted.');
  await page.getByText('No job matches this filter.').waitFor();
  await page.getByRole('link', { name: 'Clear all' }).click();
  await page.getByText('1–2 of 2').waitFor();
  await rowOf(page, kept.jobId).waitFor();
  const actions = await auditedActions(page);
  expect(actions.slice(0, 3)).toEqual([
    'deleted 1 job (all that match a search)',
    'searched with digits 1 time in this hour',
    'retried 2 jobs (failed)',
  ]);
});

it('a double click on a switch does not switch it back', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage();
  await openDashboard(page, product);
  await page.getByRole('button', { name: 'Pause sending' }).dblclick();
  await reads(page, 'Sending is paused.');
  await page.getByRole('button', { name: 'Resume sending' }).waitFor();
  const { body } = await product.send(SARA);
  await rowOf(page, Number(body.jobId)).getByText('pending').waitFor();
  expect((await auditedActions(page))[0]).toContain('paused sending');
});

it('Reload Session connects again with the stored session', async () => {
  const { whatsapp, product } = await startPairedGateway();
  const logins = whatsapp.logins();
  const page = await browser.newPage();
  await openDashboard(page, product);
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Reload Session' }).click();
  await until('a new login', () => whatsapp.logins() === logins + 1);
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByText(GATEWAY).waitFor();
  expect((await auditedActions(page))[0]).toContain('reloaded the session');
});

it('Logout WA & New Scan asks first, then unlinks the number and comes back with a QR', async () => {
  const { whatsapp, product } = await startPairedGateway();
  const page = await browser.newPage();
  await openDashboard(page, product);
  const logOut = page.getByRole('button', { name: 'Logout WA & New Scan' });
  await logOut.click();
  const question = page.getByRole('dialog', { name: 'Log this number out of WhatsApp?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toHaveLength(1);

  await logOut.click();
  await question.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('img', { name: 'QR code to scan with WhatsApp' }).waitFor();
  await page.getByText(GATEWAY).waitFor({ state: 'detached' });
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toHaveLength(0);
  expect((await auditedActions(page))[0]).toContain('logged WhatsApp out');
});
