import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { GATEWAY, startProduct } from '../support/product.js';
import { useBrowser } from './browser.js';
import { openDashboard, requestCode, rowOf, startGateway, startPairedGateway } from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';
const OMAR = '+966501112233';

/** The tab goes to the background, or comes back. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${hidden ? 'hidden' : 'visible'}' });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}

it('a lost connection is told, and forgotten as soon as the server is back', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage();
  await openDashboard(page, product);
  await page.getByText('Live', { exact: true }).waitFor();
  await product.kill('SIGKILL');
  const banner = page.getByRole('alert').filter({ hasText: 'Connection to the server lost' });
  await banner.waitFor();

  const again = await startProduct({ ...product.env, PORT: new URL(product.url).port });
  await banner.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Pause sending' }).click();
  await page.getByText(/^Paused since/).waitFor();
  expect(again.isRunning()).toBe(true);
});

it('where the stream of events is refused, the page asks by itself', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage();
  await page.route('**/admin/events', (route) => route.abort());
  await openDashboard(page, product);
  await page.getByText('Refreshing', { exact: true }).waitFor();
  const { jobId } = await requestCode(product, SARA);
  await rowOf(page, jobId).locator('[data-label="Delivered"] time').waitFor();
});

it('a tab in the background asks for nothing, and catches up when it is looked at', async () => {
  const { product } = await startPairedGateway();
  const hidden = await browser.newPage();
  await openDashboard(hidden, product);
  await hidden.getByText('Live', { exact: true }).waitFor();
  const watching = await browser.newPage();
  await openDashboard(watching, product);
  await watching.getByText('Live', { exact: true }).waitFor();

  await setHidden(hidden, true);
  const requests: string[] = [];
  hidden.on('request', (request) => requests.push(request.url()));
  for (const number of [SARA, OMAR]) {
    const { jobId } = await requestCode(product, number);
    await rowOf(watching, jobId).locator('[data-label="Delivered"] time').waitFor();
  }
  expect(requests).toEqual([]);
  await setHidden(hidden, false);
  await rowOf(hidden, 2).waitFor();
});

it('a page whose session was ended in another tab leads to the login', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage();
  await openDashboard(page, product);
  await page.getByText('Live', { exact: true }).waitFor();
  const other = await page.context().newPage();
  await other.goto(`${product.url}/admin/status`);
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.waitForURL('**/admin/login');
  await requestCode(product, SARA);
  await page.waitForURL('**/admin/login');
});

it('what is wrong with the number shows by itself, in words, with what to do', async () => {
  const { whatsapp, product } = await startPairedGateway();
  const page = await browser.newPage();
  await openDashboard(page, product);
  const sender = page.getByRole('region', { name: 'Sending number' });
  await sender.getByText('Connected', { exact: true }).waitFor();

  whatsapp.phone(GATEWAY).restrict({ until: Date.now() + 3_600_000 });
  await sender.getByText('Restricted by WhatsApp').waitFor();
  await sender.getByText('Restricted until').waitFor();
  whatsapp.phone(GATEWAY).liftRestriction();
  await sender.getByText('Connected', { exact: true }).waitFor();

  whatsapp.faults.streamError(440);
  await sender.getByText('In use elsewhere').waitFor();
  await sender.getByText('Stop it, then reload').first().waitFor();
  await sender.getByRole('button', { name: 'Reload Session' }).click();
  await sender.getByText('Connected', { exact: true }).waitFor();
});

it('what is being read stays selected while new jobs come in', async () => {
  const { product } = await startPairedGateway();
  const first = await requestCode(product, SARA);
  const page = await browser.newPage();
  await openDashboard(page, product);
  await page.goto(`${product.url}/admin/jobs`);
  await rowOf(page, first.jobId).locator('[data-label="Delivered"] time').waitFor();
  const selected = await page.evaluate<string>(`
    const row = document.querySelector('table tbody tr');
    getSelection().selectAllChildren(row);
    String(getSelection())`);
  expect(selected).toContain(`#${first.jobId}`);

  const second = await requestCode(product, OMAR);
  await rowOf(page, second.jobId).locator('[data-label="Delivered"] time').waitFor();
  expect(await page.evaluate('String(getSelection())')).toBe(selected);
});

it('a page that is read in a language that Intl does not know shows its chart', async () => {
  const { product } = await startPairedGateway();
  await requestCode(product, SARA);
  const page = await browser.newPage();
  await page.addInitScript(
    `Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' })`,
  );
  await openDashboard(page, product);
  await page.locator('[data-chart] canvas').waitFor();
});
