import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

/** Their files connect to WhatsApp or run an OpenID provider: both leave something in the process that slows promises down. */
const ON_THEIR_OWN = [
  'test/{app,channels,contracts,sandbox}/**/*.test.ts',
  'test/auth/openid.test.ts',
  'test/otp/writing-first/{in-the-chat,writing-first}.test.ts',
];
const BROWSER = ['test/browser/**/*.test.ts'];

const common = {
  // For tests that hang, not for slow machines.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  pool: 'forks' as const,
  maxWorkers: 3,
  setupFiles: ['test/support/answers/setup.ts'],
};

export default defineConfig({
  test: {
    ...common,
    globalSetup: [
      'test/support/run-folder.ts',
      'test/support/postgres-server.ts',
      'test/support/migrated-databases.ts',
      'test/support/chromium.ts',
      'test/support/screenshots.ts',
      'test/support/answers/whole-run.ts',
    ],
    sequence: { sequencer: LongestFirst },
    // The files of a worker share the modules that they load, which is a good part of the work: nothing is made at import
    // time. Those of the browser share a browser, too.
    projects: [
      { test: { ...common, name: 'own', include: ON_THEIR_OWN } },
      { test: { ...common, name: 'browser', include: BROWSER, isolate: false } },
      {
        test: {
          ...common,
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...ON_THEIR_OWN, ...BROWSER],
          isolate: false,
        },
      },
    ],
    // `npm run coverage`. What the tests start as a process of its own, from dist/, is not counted.
    coverage: {
      provider: 'v8',
      include: ['config/**/*.ts', 'database/**/*.ts', 'src/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
