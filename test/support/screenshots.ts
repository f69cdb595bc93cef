import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Git-ignored; holds what the pages looked like in the last run. */
export const SCREENSHOTS = join(import.meta.dirname, '../screenshots');

export default async function setup() {
  await rm(SCREENSHOTS, { recursive: true, force: true });
  await mkdir(SCREENSHOTS);
}
