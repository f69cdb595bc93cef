import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** PM2 reads an ES module only through a named export: a default export makes it start nothing. */
export const apps = [
  {
    name: 'otp-app',
    script: 'start.js',
    // As `npm start`: a small young generation and one arena for malloc save some 40 MB; with eight threads, four passwords
    // under check keep no file and no look-up of a name waiting.
    node_args: '--max-semi-space-size=4',
    env: { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '8' },
    cwd: dirname(fileURLToPath(import.meta.url)),
    // One process per WhatsApp number: a second one on the same data refuses to start.
    exec_mode: 'fork',
    instances: 1,
    watch: false,
    // Sending to many takes up to 200 MiB (`npm run bench -- soak`), passwords under check 76 for a moment.
    max_memory_restart: '400M',
    // The shutdown finishes the send in hand, which takes up to 10 s; PM2 kills after 1.6 s by default.
    kill_timeout: 15_000,
    // A start that is refused (a bad setting, a second process) is not repeated as fast as possible.
    exp_backoff_restart_delay: 500,
    env_development: { NODE_ENV: 'development' },
    env_production: { NODE_ENV: 'production' },
  },
];
