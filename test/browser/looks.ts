import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { SCREENSHOTS, takesScreenshots } from '../support/screenshots.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * What axe finds on the page as it stands, the serious and critical only. The page needs a profile with `bypassCSP`:
 * axe sets inline styles to find out what is seen.
 */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const results = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'], preload: false })");
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
}

/** How far the page can be scrolled sideways, in pixels. */
async function overhang(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

const LOOKS = {
  light: { scheme: 'light', size: { width: 1280, height: 800 } },
  dark: { scheme: 'dark', size: { width: 1920, height: 1080 } },
  narrow: { scheme: 'light', size: { width: 360, height: 740 } },
  'narrow-dark': { scheme: 'dark', size: { width: 360, height: 740 } },
} as const;
/** Both sets of colours, and both layouts; a look of the page by axe is dear. */
const BY_AXE = ['light', 'narrow-dark'];

/**
 * In light and in dark, on a large screen and on the narrowest phone: nothing sticks out, and axe finds nothing. Leaves a
 * picture of each in the screenshots' folder, when pictures are wanted.
 */
export async function expectGoodLooks(page: Page, name: string): Promise<void> {
  for (const [variant, { scheme, size }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize(size);
    if (takesScreenshots()) {
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${variant}.png`), fullPage: true });
    }
    if (BY_AXE.includes(variant)) expect.soft(await violations(page), `${name}-${variant}`).toEqual([]);
    expect.soft(await overhang(page), `${name}-${variant}`).toBe(0);
  }
}
