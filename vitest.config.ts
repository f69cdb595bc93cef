import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: [
      'test/support/run-folder.ts',
      'test/support/postgres-server.ts',
      'test/support/migrated-databases.ts',
      'test/support/chromium.ts',
      'test/support/screenshots.ts',
    ],
    // For tests that hang, not for slow machines.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // The files of a worker share the modules that they load, which is a fifth of all the work: nothing is made at import time.
    isolate: false,
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // `npm run coverage`. What the tests start as a process of its own, from dist/, is not counted.
    coverage: {
      provider: 'v8',
      include: ['config/**/*.ts', 'database/**/*.ts', 'src/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
