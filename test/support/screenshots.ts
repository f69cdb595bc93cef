import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Git-ignored; holds what the pages looked like in the last `npm run screenshots`. */
export const SCREENSHOTS = join(import.meta.dirname, '../screenshots');

/** A picture of every page takes a good part of the browser tests' time, and only people look at them. */
export const takesScreenshots = () => process.env.SCREENSHOTS === '1';

export default async function setup() {
  if (!takesScreenshots()) return;
  await rm(SCREENSHOTS, { recursive: true, force: true });
  await mkdir(SCREENSHOTS);
}
