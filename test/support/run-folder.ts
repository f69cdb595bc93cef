import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { quickFolder } from './quick-folder.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Everything that the run's tests write lies below this folder. */
    runFolder: string;
  }
}

/** The workers are ended without an 'exit' event: only the main process can tidy up behind them. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(quickFolder(), 'otp-test-'));
  project.provide('runFolder', folder);
  return () => rm(folder, { recursive: true, force: true });
}
