import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** The bound of the shutdown when nothing is stuck. */
const SHUTDOWN_MS = 10_000;

interface Pm2App {
  name: string;
  script: string;
  node_args: string;
  cwd: string;
  exec_mode: string;
  instances: number;
  kill_timeout: number;
}

it('PM2 finds one process that runs what npm start runs, with time to shut down', async () => {
  const file = new URL('../../ecosystem.config.js', import.meta.url).href;
  const { apps } = (await import(file)) as { apps: Pm2App[] };
  expect(apps).toHaveLength(1);
  const [app] = apps;
  expect(app).toMatchObject({ name: 'otp-app', exec_mode: 'fork', instances: 1 });
  expect(app?.kill_timeout).toBeGreaterThan(SHUTDOWN_MS);
  const { scripts } = JSON.parse(readFileSync(join(app?.cwd ?? '', 'package.json'), 'utf8'));
  expect(existsSync(join(app?.cwd ?? '', app?.script ?? ''))).toBe(true);
  expect(scripts.start).toBe(`exec node ${app?.node_args} ${app?.script}`);
});
