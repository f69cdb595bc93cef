import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { ADMIN, type Gateway, job, startGateway } from '../http/harness.js';
import { NOW } from '../http/jobs.js';
import { addCode, storedCode } from '../support/stored-codes.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';
import { buttonsAnswer } from './operator.js';

const browser = useBrowser();

/** The dashboard over a store of the test's own; no process is needed to look at what stands there. */
async function opened(): Promise<{ gateway: Gateway; page: Page }> {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  const page = await browser.newPage({ baseURL: gateway.url, bypassCSP: true });
  await page.goto('/admin/login');
  await page.getByLabel('User name').fill(ADMIN.username);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/admin/status');
  return { gateway, page };
}

it('a verification is found by part of the number, tells its way, and is canceled', async () => {
  const { gateway, page } = await opened();
  await gateway.addJobs(job({ jobId: 1, status: 'failed', error: { code: 'x', message: 'It is gone.' } }));
  await addCode(gateway.store, storedCode({ step: 0, next_step_at: NOW + 60_000, action: 'sign in' }), [
    { job_id: 1 },
  ]);
  await addCode(gateway.store, storedCode({ id: 'code_2', purpose: 'gateway', contact: 'x@example.com' }));
  await page.getByRole('link', { name: 'Verifications' }).click();
  await page.getByLabel('Search').fill('0100 123');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('1–1 of 1').waitFor();
  await expectGoodLooks(page, 'verifications');

  await page.getByRole('link', { name: 'ver_AAAAAAAA…' }).click();
  await page.getByText('Failed over WhatsApp').waitFor();
  await expectGoodLooks(page, 'verification');
  await buttonsAnswer(page);
  await page.getByRole('button', { name: 'Cancel…' }).click();
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await page.locator('.badge', { hasText: 'canceled' }).waitFor();
  expect(await page.getByRole('button', { name: 'Cancel…' }).count()).toBe(0);
});

it('a number is looked at once, and the page goes on answering', async () => {
  const { page } = await opened();
  await page.getByLabel('Number', { exact: true }).fill('+20 100 123 4567');
  const listening = page.waitForRequest('**/admin/events');
  await page.getByRole('button', { name: 'Look' }).click();
  await page.getByText('Cold: only as a first message').waitFor();
  await listening;
  await expectGoodLooks(page, 'reach');
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.waitForURL('**/admin/jobs');
});
