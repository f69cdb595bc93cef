import { expect, it, onTestFinished } from 'vitest';
import { ADMIN, startGateway } from '../http/harness.js';
import { createVerifier } from '../otp/conversion/verify.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';
import { buttonsAnswer } from './operator.js';

const browser = useBrowser();

it('how many verifications are approved, and a block that is lifted', async () => {
  const gateway = await startGateway();
  onTestFinished(gateway.close);
  const { store, clock } = gateway;
  const { start, startMany } = createVerifier(store, clock);
  await startMany('+20100123', 20, 0, ['whatsapp', 'sms']);
  await startMany('+3361234', 12, 12);
  await startMany('+3361235', 6, 4, ['whatsapp', 'sms']);
  for (let at = 0; at < 3; at++) await (await start(`guest${at}@example.com`, ['email']))();

  const page = await browser.newPage({ baseURL: gateway.url, bypassCSP: true });
  await page.goto('/admin/login');
  await page.getByLabel('User name').fill(ADMIN.username);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/admin/status');
  await page.getByRole('link', { name: 'Conversion' }).click();
  await buttonsAnswer(page);
  await expectGoodLooks(page, 'conversion');

  await page.getByRole('button', { name: 'Lift…' }).click();
  await page.getByRole('button', { name: 'Lift the block' }).click();
  await page.getByText('No prefix is blocked.').waitFor();
  expect(await page.locator('#done').innerText()).toContain('The block is lifted.');

  await page.goto('/admin/keys/new');
  await expectGoodLooks(page, 'key-new');
});
