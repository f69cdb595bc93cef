import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Product } from '../support/product.js';
import { useBrowser } from './browser.js';
import { failedCode, startPairedGateway } from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';

const OUTLINE = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth);
})()`;

/** Presses Tab until the focus is on `target`, and sees to it that the focus can be seen on the way. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(OUTLINE), 'width of the outline').toBeGreaterThan(0);
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
  }
  throw new Error(`Sixty presses of Tab do not lead to ${target}`);
}

async function signInByKeyboard(page: Page, { url, env }: Product): Promise<void> {
  await page.goto(`${url}/admin/login`);
  await page.locator('#username:focus').waitFor();
  await page.keyboard.type(env.ADMIN_USERNAME ?? '');
  await page.keyboard.press('Tab');
  await page.keyboard.type(env.ADMIN_PASSWORD ?? '');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/admin/status');
}

it('with the keyboard alone, an operator signs in, opens a failed job and retries it', async () => {
  const gateway = await startPairedGateway();
  const { jobId } = await failedCode(gateway, SARA);
  const page = await browser.newPage();
  await signInByKeyboard(page, gateway.product);

  await tabTo(page, page.getByRole('link', { name: '1 failed' }));
  await page.keyboard.press('Enter');
  await page.waitForURL(/status=failed/);
  await tabTo(page, page.getByRole('link', { name: `#${jobId}` }));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/admin/jobs/${jobId}`);
  await tabTo(page, page.getByRole('button', { name: 'Retry' }));
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText(`Job #${jobId} is back in the queue.`).waitFor();
  await gateway.whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  // The button is gone: whoever cannot see the page is still somewhere on it.
  await expect.poll(() => page.evaluate('document.activeElement.tagName')).not.toBe('BODY');
});

it('a question can be cancelled with Escape, and the focus returns to its button', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage();
  await signInByKeyboard(page, product);
  const button = page.getByRole('button', { name: 'Logout WA & New Scan' });
  await tabTo(page, button);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await button.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
});
