import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { useBrowser } from './browser.js';
import {
  failedCode,
  openDashboard,
  requestCode,
  rowOf,
  startGateway,
  startPairedGateway,
} from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';
const OMAR = '+966501112233';

/** Holds a script back, as a slow network does; resolves with what lets it through. */
async function holdBack(page: Page, script: string): Promise<() => void> {
  let letThrough = () => {};
  const opened = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  await page.route(`**/assets/${script}`, async (route) => {
    await opened;
    await route.continue();
  });
  return () => letThrough();
}

it('a button that is pressed before the scripts have come does its work when they have, once', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  const letThrough = await holdBack(page, 'admin.js');
  const posts: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(new URL(request.url()).pathname));
  await page.goto('/admin/status', { waitUntil: 'commit' });
  await page.getByRole('button', { name: 'Pause sending' }).dblclick();
  await page.locator('#queue-switch[aria-busy]').waitFor();
  expect(posts).toEqual([]);

  letThrough();
  await page.getByRole('button', { name: 'Resume sending' }).waitFor();
  expect(posts).toEqual(['/admin/api/queue/pause']);
});

it('a form that is sent before the scripts have come stays on the page, and goes out when they have', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  await page.getByLabel('Number of the phone').waitFor();
  const letThrough = await holdBack(page, 'admin.js');
  await page.goto('/admin/status', { waitUntil: 'commit' });
  await page.getByLabel('Number of the phone').fill(SARA);
  await page.getByRole('button', { name: 'Get a pairing code' }).click();
  expect(page.url()).toBe(`${product.url}/admin/status`);

  letThrough();
  await page.getByRole('status').getByText('Type the pairing code on the phone.').waitFor();
});

it('a button stays where it is while it is pressed, whatever comes in', async () => {
  const gateway = await startPairedGateway();
  const failed = await failedCode(gateway, SARA);
  const page = await browser.newPage({ baseURL: gateway.product.url });
  await openDashboard(page, gateway.product);
  const retry = rowOf(page, failed.jobId).getByRole('button', { name: 'Retry' });
  await retry.hover();
  const listed = page.waitForResponse(
    async (response) =>
      response.url().endsWith('/admin/status') && (await response.text()).includes('id="job-2"'),
  );
  await page.mouse.down();
  const { jobId } = await requestCode(gateway.product, OMAR);
  await listed;
  expect(await rowOf(page, jobId).count()).toBe(0);
  await page.mouse.up();
  await page.getByRole('status').getByText(`Job #${failed.jobId} is back in the queue.`).waitFor();
  await rowOf(page, jobId).waitFor();
});
