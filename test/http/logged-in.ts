import { afterEach, beforeEach } from 'vitest';
import { type Browser, createBrowser } from './browser.js';
import { type Gateway, startGateway } from './harness.js';

/** Of the test that runs; what its sender was asked for so far is not of the log-in. */
export let gateway: Gateway;
/** In which an operator is logged in. */
export let browser: Browser;

/** A gateway for each test of the file, and an operator who is logged in. */
export function useLoggedIn(): void {
  beforeEach(async () => {
    gateway = await startGateway();
    browser = createBrowser(gateway);
    await browser.logIn();
    gateway.calls.length = 0;
  });
  afterEach(() => gateway.close());
}
