import { expect, it, onTestFinished } from 'vitest';
import { createBlockedPrefixes } from '../../src/otp/conversion/blocked-prefixes.js';
import { createConversion } from '../../src/otp/conversion/conversion.js';
import { ADMIN, startGateway } from '../http/harness.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';
import { buttonsAnswer } from './operator.js';

const browser = useBrowser();

it('how many verifications are approved, and a block that is lifted', async () => {
  const gateway = await startGateway();
  onTestFinished(gateway.close);
  const { store, clock } = gateway;
  const conversion = createConversion({ store, clock, blocked: createBlockedPrefixes({ store, clock }) });
  async function verify(contact: string, [first = '', ...others]: string[], approvedBy: string | null) {
    const counted = { contact, channel: first, startedAt: clock.now() };
    await store.transaction().execute(async (trx) => {
      await conversion.started(trx, { ...counted, isFirst: true });
      for (const channel of others) await conversion.started(trx, { ...counted, channel, isFirst: false });
      if (approvedBy !== null) await conversion.approved(trx, { ...counted, channel: approvedBy });
    });
  }
  for (let at = 0; at < 20; at++) await verify(`+20100123${1_000 + at}`, ['whatsapp', 'sms'], null);
  for (let at = 0; at < 12; at++) await verify(`+3361234${1_000 + at}`, ['whatsapp'], 'whatsapp');
  for (let at = 0; at < 6; at++)
    await verify(`+3361235${1_000 + at}`, ['whatsapp', 'sms'], at < 4 ? 'sms' : null);
  for (let at = 0; at < 3; at++) await verify(`guest${at}@example.com`, ['email'], 'email');

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
