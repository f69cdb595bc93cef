import type { Page } from 'playwright-core';
import qrcode from 'qrcode';
import { expect, it } from 'vitest';
import type { AdminStatus } from '../support/admin-client.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { useBrowser } from './browser.js';
import { openDashboard, startGateway } from './operator.js';

const browser = useBrowser();
const SHAPE = /<path stroke="#000000" d="([^"]+)"/;

const qrPicture = (page: Page) => page.getByRole('img', { name: 'QR code to scan with WhatsApp' });

/**
 * What the phone's camera reads off the page: the string whose QR is the picture that is shown now. Waits for one
 * other than `before`.
 */
async function readQr(page: Page, before = ''): Promise<string> {
  return until('a new QR on the page', async () => {
    const { qr } = (await (await page.request.get('/admin/api/status')).json()) as AdminStatus;
    const source =
      qr &&
      qr !== before &&
      (await qrPicture(page)
        .getAttribute('src', { timeout: 10_000 })
        .catch(() => null));
    if (!source) return null;
    const shown = SHAPE.exec(await (await page.request.get(source)).text())?.[1];
    const expected = SHAPE.exec(
      await qrcode.toString(qr, { type: 'svg', errorCorrectionLevel: 'L', margin: 2 }),
    )?.[1];
    return shown !== undefined && shown === expected && qr;
  });
}

it('a person scans the QR on the page, and the page turns to connected by itself', async () => {
  const { whatsapp, product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  await page.getByText('Waiting to be paired').waitFor();
  await page.getByText(/valid for \d+ more seconds/).waitFor();

  expect(await whatsapp.phone(GATEWAY).scan(await readQr(page))).toBe('linked');
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByText(GATEWAY).waitFor();
  expect(await qrPicture(page).count()).toBe(0);
  expect(await page.getByLabel('Number of the phone').count()).toBe(0);
});

it('where WhatsApp asks for a second scan, the page shows the new QR and has said that it is expected', async () => {
  const { whatsapp, product } = await startGateway();
  whatsapp.faults.rules.refreshRegistration.set(true, 1);
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  await page.getByText('Asked to scan twice?').waitFor();
  const first = await readQr(page);
  expect(await whatsapp.phone(GATEWAY).scan(first)).toBe('refresh_requested');
  expect(await whatsapp.phone(GATEWAY).scan(await readQr(page, first))).toBe('linked');
  await page.getByText('Connected', { exact: true }).waitFor();
});

it('a QR that WhatsApp has replaced gives way to the new one, and one that has run out is hidden', async () => {
  const { whatsapp, product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await page.clock.install();
  await openDashboard(page, product);
  const first = await readQr(page);
  whatsapp.faults.dropConnections();
  await readQr(page, first);

  await page.route(/admin\/(status|events)/, (route) => route.abort());
  await page.clock.fastForward('02:00');
  await page.getByText('A new code is on its way.').waitFor();
  expect(await qrPicture(page).isVisible()).toBe(false);
});

it('a person pairs with a code for a typed number', async () => {
  const { whatsapp, product } = await startGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  const number = page.getByLabel('Number of the phone');
  await number.fill('0100 123');
  await page.getByRole('button', { name: 'Get a pairing code' }).click();
  await page
    .getByRole('alert')
    .getByText(/international format/)
    .waitFor();

  // As a chat hands it on: between marks that nobody sees, with a dash that is not the keyboard's.
  await number.fill('');
  await number.focus();
  await page.keyboard.insertText('\u202a+20\u00a0100 000\u20110001\u202c');
  await page.getByRole('button', { name: 'Get a pairing code' }).click();
  const shown = await page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/).innerText();
  await whatsapp.phone(GATEWAY).enterPairingCode(shown.replace('-', ''));
  await page.getByText('Connected', { exact: true }).waitFor();
  await page.getByText(GATEWAY).waitFor();
});
