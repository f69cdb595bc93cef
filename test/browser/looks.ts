import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { SCREENSHOTS } from '../support/screenshots.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740 };

/**
 * What axe finds on the page as it stands, the serious and critical only. The page needs a profile with `bypassCSP`:
 * axe sets inline styles to find out what is seen.
 */
export async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const results = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'], preload: false })");
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
}

/** How far the page can be scrolled sideways, in pixels. */
export async function overhang(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Runs `look` on the page in each of its looks, and leaves a picture of each in the screenshots' folder. */
export async function eachLook(
  page: Page,
  name: string,
  look: (variant: string) => Promise<void>,
): Promise<void> {
  const looks = {
    light: { scheme: 'light', size: WIDE },
    dark: { scheme: 'dark', size: WIDE },
    narrow: { scheme: 'light', size: NARROW },
    'narrow-dark': { scheme: 'dark', size: NARROW },
  } as const;
  for (const [variant, { scheme, size }] of Object.entries(looks)) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize(size);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${variant}.png`), fullPage: true });
    await look(`${name}-${variant}`);
  }
}
