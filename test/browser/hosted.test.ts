import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODE, type Pages, startPages, writesFirst } from '../hosted/world.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';

const browser = useBrowser();
const PHONE = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } };

let pages: Pages;
beforeAll(async () => {
  pages = await startPages();
});
afterAll(() => pages.close());

describe('without JavaScript', () => {
  const plain = () => browser.newPage({ baseURL: pages.url, javaScriptEnabled: false });

  it('a code is typed, typed again, asked for over another channel, and approved', async () => {
    const { id, path } = await pages.begin();
    const page = await plain();
    await page.goto(path);
    await page.getByLabel('Code').fill('111111');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('That code is not right. Tries left: 4').waitFor();
    await page.getByRole('button', { name: 'Send by text message' }).click();
    await page.getByText('The code was sent again.').waitFor();
    expect(pages.found(id).channel).toBe('sms');
    await page.getByLabel('Code').fill(CODE);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'Confirmed' }).waitFor();
  });

  it('whoever has to write first sees at once how', async () => {
    const { id, path } = await pages.begin();
    pages.change(id, writesFirst(path));
    const page = await plain();
    await page.goto(path);
    expect(await page.getByRole('link', { name: 'Open WhatsApp' }).getAttribute('href')).toMatch(
      /^https:\/\/wa\.me\//,
    );
    const qr = page.getByRole('img', { name: 'QR code that opens WhatsApp' });
    await qr.evaluate('(image) => image.decode()');
  });
});

it('an open page goes on by itself, and keeps what is being typed', async () => {
  const { id, path } = await pages.begin({ canResendAt: pages.clock.now() + 600_000 });
  const page = await browser.newPage({ baseURL: pages.url });
  await page.route('https://shop.test/**', (route) => route.fulfill({ body: 'shop' }));
  await page.goto(path);
  await expect.poll(() => pages.streams()).toBeGreaterThan(0);
  await page.getByLabel('Code').fill('0482');
  pages.change(id, { channel: 'sms', attempts: [], lastProblem: 'sender_mismatch' });
  await page.getByText('The message came from another number.').waitFor();
  expect(await page.getByLabel('Code').inputValue()).toBe('0482');
  expect(await page.getByRole('button', { name: /Send again in/ }).isDisabled()).toBe(true);
  pages.change(id, { status: 'approved', returnUrl: 'https://shop.test/done' });
  await page.waitForURL(`https://shop.test/done?verification=${id}`);
});

it('a wrong code is told, however the page is brought up to date meanwhile, until the next one', async () => {
  const { id, path } = await pages.begin({ canResendAt: 0 });
  const page = await browser.newPage({ baseURL: pages.url });
  await page.goto(path);
  await page.locator('html[data-ready]').waitFor();
  await page.getByLabel('Code').fill('111111');
  await page.getByLabel('Code').press('Enter');
  await page.getByText('Tries left: 4').waitFor();
  expect(await page.getByLabel('Code').inputValue()).toBe('');
  pages.change(id, { route: ['whatsapp', 'telegram'] });
  await page.getByRole('button', { name: 'Send by Telegram' }).waitFor();
  expect(await page.getByText('Tries left: 4').isVisible()).toBe(true);
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('The code was sent again.').waitFor();
  await page.getByRole('button', { name: 'Send again in 0:' }).waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(path);
});

it('it looks right from both directions, and on a phone the button takes the place of the QR', async () => {
  for (const locale of ['en', 'ar']) {
    const { id, path } = await pages.begin({ locale });
    const page = await browser.newPage({ baseURL: pages.url, bypassCSP: true });
    await page.goto(`${path}?notice=wrong`);
    await expectGoodLooks(page, `hosted-code-${locale}`);
    const { userFirst } = writesFirst(path);
    pages.change(id, { userFirst: userFirst ?? null, lastProblem: 'sender_mismatch' });
    await page.goto(path);
    expect(await page.locator('.scan').isVisible()).toBe(true);
    await expectGoodLooks(page, `hosted-write-${locale}`);
    pages.change(id, { status: 'expired', returnUrl: 'https://shop.test/' });
    await page.goto(path);
    await expectGoodLooks(page, `hosted-ended-${locale}`);
  }
  const { id, path } = await pages.begin();
  pages.change(id, writesFirst(path));
  const phone = await browser.newPage({ baseURL: pages.url, ...PHONE });
  await phone.goto(path);
  expect(await phone.locator('.scan').isVisible()).toBe(false);
  expect(await phone.getByRole('link', { name: 'Open WhatsApp' }).isVisible()).toBe(true);
});
