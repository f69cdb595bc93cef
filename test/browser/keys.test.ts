import { expect, it } from 'vitest';
import { until } from '../support/until.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';
import { auditedActions, buttonsAnswer, openDashboard, startPairedGateway } from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';
const KEY = /^wotp_[0-9A-Za-z]{8}_[0-9A-Za-z]{36}$/;

it('an operator makes a key, copies it, gives it a new secret and revokes it', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage({
    baseURL: product.url,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const secret = page.getByRole('status').filter({ hasText: 'wotp_' });
  const send = async (key: string) => (await product.send(SARA, { 'x-api-key': key })).status;
  await openDashboard(page, product);
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByText('There is no API key yet.').waitFor();
  await page.getByRole('link', { name: 'New API key' }).click();
  await buttonsAnswer(page);

  await page.getByRole('button', { name: 'Create the key' }).click();
  await page.getByText('A key needs a name.').waitFor();
  await page.getByLabel('Name').fill('Web shop');
  await page.getByLabel('otp:send').check();
  await page.getByLabel('otp:read').check();
  await page.getByRole('button', { name: 'Create the key' }).click();
  const first = await secret.innerText();
  expect(first).toMatch(KEY);
  await page.getByRole('button', { name: 'Create the key' }).waitFor({ state: 'hidden' });
  expect(await send(first)).toBe(202);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('The key is copied.').waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(first);

  // Shown once: neither the page that follows nor the way back brings it again.
  await page.getByRole('link', { name: 'Done, I have stored it' }).click();
  await page.getByRole('heading', { name: 'Web shop' }).waitFor();
  expect(await page.content()).not.toContain(first.slice(14));
  await page.goBack();
  await page.getByRole('heading', { name: 'New API key' }).waitFor();
  expect(await page.content()).not.toContain(first.slice(14));
  await page.goto('/admin/keys');
  await page.getByRole('link', { name: 'Web shop' }).click();
  await buttonsAnswer(page);

  await page.getByLabel('The current secret works').selectOption('for an hour more');
  await page.getByRole('button', { name: 'Rotate' }).click();
  const question = page.getByRole('dialog', { name: 'Give “Web shop” a new secret?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Rotate' }).click();
  await question.getByRole('button', { name: 'Rotate' }).click();
  const second = await secret.innerText();
  expect(second).toMatch(KEY);
  await page.getByText('The previous secret still works').waitFor();
  expect([await send(first), await send(second)]).toEqual([202, 202]);

  await page.getByRole('button', { name: 'Revoke' }).click();
  const end = page.getByRole('dialog', { name: 'Revoke “Web shop”?' });
  await end.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('The API key is revoked.').waitFor();
  await page.getByText('It is refused for good.').waitFor();
  await until('both are refused', async () => (await send(first)) === 401 && (await send(second)) === 401);
  const actions = await auditedActions(page);
  expect(actions.slice(0, 3).map((text) => text.replace(/API key \w+/, 'API key'))).toEqual([
    'revoked API key Web shop',
    'rotated API key Web shop',
    'created API key Web shop (otp:send, otp:read)',
  ]);
  expect(product.output()).not.toContain(first.slice(14));
});

it('whoever comes back to a page that the browser kept finds the form again, and no secret', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await openDashboard(page, product);
  await page.goto('/admin/keys/new');
  await buttonsAnswer(page);
  await page.getByLabel('Name').fill('Web shop');
  await page.getByLabel('otp:send').check();
  const create = page.getByRole('button', { name: 'Create the key' });
  await create.click();
  const secret = await page.getByRole('status').filter({ hasText: 'wotp_' }).innerText();
  await create.waitFor({ state: 'hidden' });

  // As a browser tells a page that it keeps and brings back; whether it keeps one is its own choice.
  const tell = (name: string) =>
    page.evaluate(`dispatchEvent(new PageTransitionEvent('${name}', { persisted: true }))`);
  await tell('pagehide');
  await tell('pageshow');
  await create.waitFor();
  await page.getByRole('heading', { name: 'Copy the key now' }).waitFor({ state: 'hidden' });
  expect(await page.content()).not.toContain(secret.slice(14));
});

it('a page without access to the clipboard selects the key instead', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage({ baseURL: product.url });
  await page.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  await openDashboard(page, product);
  await page.goto('/admin/keys/new');
  await buttonsAnswer(page);
  await page.getByLabel('Name').fill('Web shop');
  await page.getByLabel('verify').check();
  await page.getByRole('button', { name: 'Create the key' }).click();
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('The key is selected').waitFor();
  expect(await page.evaluate('getSelection().toString().trim()')).toMatch(KEY);
});

it('the pages of API keys look good', async () => {
  const { product } = await startPairedGateway();
  const page = await browser.newPage({ baseURL: product.url, bypassCSP: true });
  await openDashboard(page, product);
  await page.goto('/admin/keys');
  await expectGoodLooks(page, 'keys-empty');
  const fillIn = async (name: string) => {
    await page.goto('/admin/keys/new');
    await buttonsAnswer(page);
    await page.getByLabel('Name').fill(name);
    for (const scope of ['otp:send', 'otp:read', 'verify', 'hooks', 'webhooks:manage', 'admin:read']) {
      await page.getByRole('checkbox', { name: new RegExp(`^${scope} `) }).check();
    }
    await page.getByLabel('Allowed addresses').fill('127.0.0.1, 2001:db8:85a3::8a2e:370:7334/64');
    await page.getByLabel('Requests a minute').fill('600');
    await page.getByLabel('Codes a day, at most').fill('10000');
    await page.getByLabel('Codes a day to one country').fill('EG=1000 SA=500 *=50');
  };
  const create = async () => {
    await page.getByRole('button', { name: 'Create the key' }).click();
    return await page.getByRole('status').filter({ hasText: 'wotp_' }).innerText();
  };
  await fillIn('Web shop');
  await expectGoodLooks(page, 'key-new');
  const key = await create();
  for (const name of ['A back end with a rather long name that says what it is for', 'Monitoring']) {
    await fillIn(name);
    await create();
  }
  await expectGoodLooks(page, 'key-secret');
  await product.send(SARA, { 'x-api-key': key });
  await page.goto('/admin/keys');
  await page.getByRole('link', { name: 'Monitoring' }).click();
  await buttonsAnswer(page);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').waitFor();
  await expectGoodLooks(page, 'key-question');
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('It is refused for good.').waitFor();
  await page.goto('/admin/keys');
  await page.getByText('127.0.0.1').waitFor();
  await expectGoodLooks(page, 'keys');
  await page.getByRole('link', { name: 'A back end' }).click();
  await buttonsAnswer(page);
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  await page.getByText('The previous secret still works').waitFor();
  await expectGoodLooks(page, 'key');
});
