import { afterAll, beforeAll, it } from 'vitest';
import { type Gateway, startGateway } from '../http/harness.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';

const browser = useBrowser();
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

it('the page of the API', async () => {
  const page = await browser.newPage({ baseURL: gateway.url, bypassCSP: true });
  await page.goto('/docs');
  await expectGoodLooks(page, 'docs');
});
