import { expect, it } from 'vitest';
import { useBrowser } from './browser.js';
import { openDashboard, requestCode, rowOf, startPairedGateway } from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';

it('a code goes from pending to delivered on the open page, which is not reloaded', async () => {
  const { whatsapp, product } = await startPairedGateway();
  whatsapp.handset(SARA).autoDeliver = false;
  const page = await browser.newPage();
  await openDashboard(page, product);
  await page.getByText('No code has been requested yet.').waitFor();
  await page.evaluate('globalThis.loadedOnce = true');
  await page.getByRole('button', { name: 'Pause sending' }).click();
  await page.getByText(/^Paused since/).waitFor();

  const { jobId, code } = await requestCode(product, SARA);
  const row = rowOf(page, jobId);
  await row.getByText('pending').waitFor();
  await page.getByRole('link', { name: '1 pending' }).waitFor();

  await page.getByRole('button', { name: 'Resume sending' }).click();
  await row.getByText('sent', { exact: true }).waitFor();
  await page.getByRole('link', { name: '1 sent' }).waitFor();
  const delivered = row.locator('[data-label="Delivered"] time');
  expect(await delivered.count()).toBe(0);

  const { id } = await whatsapp.waitForMessage(({ text }) => text.includes(code), 60_000);
  whatsapp.handset(SARA).confirm(id);
  await delivered.waitFor();
  await page.getByText('100 %').first().waitFor();
  expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
  expect(await page.content()).not.toContain(code);
});

it('the story of a job grows while it is open', async () => {
  const { whatsapp, product } = await startPairedGateway();
  whatsapp.handset(SARA).autoDeliver = false;
  const page = await browser.newPage();
  await openDashboard(page, product);
  const { jobId, code } = await requestCode(product, SARA);
  await page.getByRole('link', { name: `#${jobId}` }).click();
  await page.getByRole('heading', { name: `Job #${jobId}` }).waitFor();
  const moments = page.getByRole('region', { name: 'What happened' }).getByRole('listitem');
  await moments.filter({ hasText: 'Sent' }).waitFor();

  const { id } = await whatsapp.waitForMessage(({ text }) => text.includes(code), 60_000);
  whatsapp.handset(SARA).confirm(id);
  await moments.filter({ hasText: 'Delivered' }).waitFor();
  whatsapp.handset(SARA).read();
  await moments.filter({ hasText: 'Read' }).waitFor();
  const labels = await moments.locator('b').allInnerTexts();
  expect(labels).toEqual(['Requested', 'Claimed', 'Sent', 'Delivered', 'Read']);
});

it('the chart shows the hour, the day or the week, and the same as a table', async () => {
  const { product } = await startPairedGateway();
  await requestCode(product, SARA);
  const page = await browser.newPage();
  await openDashboard(page, product);
  const chart = page.getByRole('figure', { name: 'Codes over time' });
  await chart.locator('canvas').waitFor();
  await chart.getByText('Show as a table').click();
  for (const range of ['Hour', 'Week', 'Day']) {
    await chart.getByRole('link', { name: range }).click();
    await chart.getByRole('link', { name: range }).and(page.locator('[aria-current]')).waitFor();
    await chart.getByRole('row').nth(1).waitFor();
  }
});
