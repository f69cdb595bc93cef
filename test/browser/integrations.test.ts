import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect, it, onTestFinished } from 'vitest';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';
import { auditedActions, buttonsAnswer, openDashboard, startGateway } from './operator.js';

const browser = useBrowser();

interface Received {
  headers: Record<string, string>;
  body: string;
}

/** A back end that keeps what it hears, and answers with `status`. */
async function startBackEnd() {
  const received: Received[] = [];
  const backEnd = { url: '', status: 204, received };
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    received.push({
      headers: req.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString(),
    });
    res
      .writeHead(backEnd.status)
      .end(backEnd.status === 204 ? undefined : 'The queue of our back end is full.');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  backEnd.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  return backEnd;
}

it('an operator sets up Twilio, a hook and a webhook, and all of it looks good', async () => {
  const { product } = await startGateway({ WEBHOOK_ALLOW_PRIVATE: 'true' });
  const backEnd = await startBackEnd();
  const page = await browser.newPage({
    baseURL: product.url,
    bypassCSP: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const clipboard = () => page.evaluate<string>('navigator.clipboard.readText()');
  await openDashboard(page, product);
  await page.getByRole('link', { name: 'Integrations' }).click();
  await expectGoodLooks(page, 'integrations-empty');

  await page.getByRole('link', { name: 'What to paste' }).click();
  await buttonsAnswer(page);
  await page.getByRole('button', { name: 'Copy the Account SID' }).click();
  await page.getByText('The Account SID is copied.').waitFor();
  expect(await clipboard()).toMatch(/^AC[0-9a-f]{32}$/);
  await expectGoodLooks(page, 'twilio');

  const within = page.getByRole('navigation', { name: 'Integrations' });
  await within.getByRole('link', { name: 'Hooks', exact: true }).click();
  await expectGoodLooks(page, 'hooks-empty');
  await page.getByRole('link', { name: 'Supabase' }).click();
  await buttonsAnswer(page);
  await page.getByLabel('How long its codes live').fill('soon');
  await page.getByRole('button', { name: 'Create the hook' }).click();
  await page.getByText('Codes live from').waitFor();
  await expectGoodLooks(page, 'hook-new');
  await page.getByLabel('How long its codes live').fill('10m');
  await page.getByLabel('Name').fill('Supabase of the shop');
  await page.getByRole('button', { name: 'Create the hook' }).click();
  const secret = await page.getByRole('status').filter({ hasText: 'whsec_' }).innerText();
  await expectGoodLooks(page, 'hook-secret');
  await page.getByRole('button', { name: 'Copy the url' }).click();
  await page.getByText('The URL is copied.').waitFor();
  expect(await clipboard()).toMatch(/\/hooks\/[0-9a-f]+$/);
  await page.getByRole('link', { name: 'Done' }).click();
  await page.getByRole('heading', { name: 'Supabase of the shop' }).waitFor();
  expect(await page.content()).not.toContain(secret);
  await buttonsAnswer(page);
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  await page.getByText('The previous secret still works').waitFor();
  await page.reload();
  await buttonsAnswer(page);
  await expectGoodLooks(page, 'hook');
  await page.getByRole('link', { name: 'Hooks', exact: true }).click();
  await expectGoodLooks(page, 'hooks');

  await within.getByRole('link', { name: 'Webhooks' }).click();
  await expectGoodLooks(page, 'webhooks-empty');
  await page.getByRole('link', { name: 'New webhook' }).first().click();
  await buttonsAnswer(page);
  await page.getByLabel('Address', { exact: true }).fill(backEnd.url);
  await page.getByRole('checkbox', { name: /^code\.delivered/ }).check();
  await page.getByRole('checkbox', { name: /^verification\.approved/ }).check();
  await expectGoodLooks(page, 'webhook-new');
  await page.getByRole('button', { name: 'Create the webhook' }).click();
  const key = await page.getByRole('status').filter({ hasText: 'whsec_' }).innerText();
  await page.getByRole('link', { name: 'Done, I have stored it' }).click();
  await buttonsAnswer(page);
  expect(await page.content()).not.toContain(key);
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The test arrived: HTTP 204').waitFor();
  const [test] = backEnd.received;
  expect(new Webhook(key).verify(test?.body ?? '', test?.headers ?? {})).toMatchObject({
    type: 'webhook.test',
  });
  backEnd.status = 503;
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The test did not arrive').waitFor();
  await page.getByText('How the answer began').first().click();
  await expectGoodLooks(page, 'webhook');
  await page.getByRole('link', { name: 'Given up 1' }).click();
  await buttonsAnswer(page);
  backEnd.status = 204;
  await page.getByRole('button', { name: 'Send again: webhook.test' }).click();
  await page.getByText('There is no such delivery.').waitFor();
  expect(backEnd.received.at(-1)?.headers['webhook-id']).toBe(backEnd.received[1]?.headers['webhook-id']);
  await page.getByLabel('Address', { exact: true }).fill('ftp://example.com');
  await page.getByRole('button', { name: 'Save' }).click();
  // A sentence about the form stays when the page is refreshed.
  await page.getByText('url must').waitFor();
  await page.goto('/admin/integrations/webhooks');
  await expectGoodLooks(page, 'webhooks');
  expect((await auditedActions(page)).slice(0, 3).join()).toContain('tested a webhook');
});
