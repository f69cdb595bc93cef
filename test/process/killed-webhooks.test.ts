import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../database/root.js';
import { type Child, run } from '../support/child.js';
import { newMigratedDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { openReceiver } from '../webhooks/receiver.js';

/** `npm run test:kills` has fifty. */
const KILLS = Number(process.env.KILLS ?? 10);
const PROGRAM = 'test/process/webhooks-child.ts';

it(`${KILLS} kills while webhooks are sent lose no event and deliver none under two ids`, {
  timeout: 300_000,
}, async () => {
  const settings = await newMigratedDatabase('sqlite');
  const filename = settings.kind === 'sqlite' ? settings.filename : '';
  const receiver = await openReceiver();
  onTestFinished(receiver.close);
  // Some are cut off before their answer, and some between the answer and the commit.
  receiver.answers.set('/told', (res) => void setTimeout(() => res.writeHead(204).end(), randomInt(0, 3)));
  const start = (mode: string): Child =>
    run('node', ['--import', 'tsx', PROGRAM, filename, `${receiver.url}/told`, mode], {
      cwd: projectRoot,
      env: {},
    });

  for (let kill = 0; kill < KILLS; kill++) {
    const child = start('ask');
    await until('the process', () => child.output().includes('open'), 60_000);
    await sleep(randomInt(20, 400));
    expect(child.isRunning()).toBe(true);
    await child.kill('SIGKILL');
  }
  expect((await start('finish').exited).code).toBe(0);

  const database = new Sqlite(filename, { readonly: true });
  const jobs = database.prepare('SELECT id, status, error_code, delivered_at FROM jobs').all() as {
    id: number;
    status: string;
    delivered_at: number | null;
  }[];
  database.close();
  expect(jobs.length).toBeGreaterThan(KILLS);

  const idsOf = new Map<string, Set<string>>();
  const types = new Map<unknown, string[]>();
  for (const { headers, event } of receiver.received) {
    const { jobId } = event.data;
    if (jobId === undefined) continue;
    const name = `${jobId} ${event.type}`;
    const ids = idsOf.get(name) ?? new Set();
    idsOf.set(name, ids.add(headers['webhook-id'] ?? ''));
    if (ids.size > 1 || types.get(jobId)?.includes(event.type)) continue;
    types.set(jobId, [...(types.get(jobId) ?? []), event.type]);
  }
  expect([...idsOf].filter(([, ids]) => ids.size !== 1)).toEqual([]);
  for (const { id, status, delivered_at: at } of jobs) {
    expect(status).toBe('sent');
    expect(types.get(id)).toEqual(['code.accepted', 'code.sent', ...(at === null ? [] : ['code.delivered'])]);
  }
});
