import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { beforeAll, expect, inject, onTestFinished } from 'vitest';
import { SCREENSHOTS } from '../support/screenshots.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export interface Browsing {
  /**
   * A page in a browser profile of its own, closed with the test. The test fails if a page of the profile throws, breaks
   * its content security policy, or lacks a script or style sheet.
   */
  newPage(options?: BrowserContextOptions): Promise<Page>;
}

/** One browser for all the files of a worker, each of which has profiles of its own; it ends with the worker. */
let shared: Promise<Browser> | undefined;

async function launch(): Promise<Browser> {
  const found = inject('chromium');
  if (!found)
    throw new Error('There is no browser for this machine: put chromium or google-chrome on the PATH');
  return await chromium.launch({ ...found, args: FLAGS });
}

/** A browser for the tests of the file that calls this. */
export function useBrowser(): Browsing {
  let browser: Browser | undefined;
  beforeAll(async () => {
    shared ??= launch();
    browser = await shared;
    // One that has crashed is not a reason for all that follow to fail.
    if (!browser.isConnected()) {
      shared = launch();
      browser = await shared;
    }
  });

  return {
    async newPage(options) {
      if (!browser) throw new Error('The browser is not open');
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Africa/Cairo', ...options });
      context.setDefaultTimeout(60_000);
      const faults: string[] = [];
      context.on('weberror', (error) => faults.push(String(error.error())));
      context.on('console', (message) => {
        if (/content security policy/i.test(message.text())) faults.push(message.text());
      });
      context.on('response', (response) => {
        const { pathname } = new URL(response.url());
        const leastBad = pathname.startsWith('/assets/') ? 400 : 500;
        if (response.status() >= leastBad) faults.push(`${response.status()} for ${pathname}`);
      });
      const page = await context.newPage();
      onTestFinished(async ({ task }) => {
        const path = join(SCREENSHOTS, `failed ${task.name.slice(0, 80)}.png`);
        if (task.result?.state === 'fail') await page.screenshot({ path });
        await context.close();
        expect(faults, 'faults in the pages').toEqual([]);
      });
      return page;
    },
  };
}
