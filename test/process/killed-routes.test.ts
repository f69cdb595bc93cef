import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { projectRoot } from '../../database/root.js';
import { type Child, run } from '../support/child.js';
import { newFolder, newMigratedDatabase } from '../support/databases.js';
import { until } from '../support/until.js';

/** `npm run test:kills` has fifty. */
const KILLS = Number(process.env.KILLS ?? 10);
const PROGRAM = 'test/process/routes-child.ts';

it(`${KILLS} kills while codes go on over the next channel use none twice and leave none out`, {
  timeout: 300_000,
}, async () => {
  const settings = await newMigratedDatabase('sqlite');
  const filename = settings.kind === 'sqlite' ? settings.filename : '';
  const journal = join(newFolder(), 'journal');
  const start = (mode: string): Child =>
    run('node', ['--import', 'tsx', PROGRAM, filename, journal, mode], { cwd: projectRoot, env: {} });

  for (let kill = 0; kill < KILLS; kill++) {
    const child = start('ask');
    await until('the process', () => child.output().includes('open'), 60_000);
    await sleep(randomInt(20, 400));
    expect(child.isRunning()).toBe(true);
    await child.kill('SIGKILL');
  }
  const last = start('finish');
  expect((await last.exited).code).toBe(0);

  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  const written = lines.map((line) => line.split(' '));
  const over = (channel: string, phone: string) =>
    new Set(written.filter(([by, to]) => by === channel && to === phone).map(([, , id]) => id)).size;
  const database = new Sqlite(filename, { readonly: true });
  const jobs = database.prepare('SELECT recipient, channel, status, error_code, writes FROM jobs').all() as {
    recipient: string;
    channel: string;
    status: string;
    error_code: string | null;
    writes: number;
  }[];
  database.close();

  const phones = new Set(jobs.map(({ recipient }) => recipient));
  const asked = written.filter(([what]) => what === 'asked').map(([, phone = '']) => phone);
  expect(asked.length).toBeGreaterThan(KILLS);
  expect(asked.filter((phone) => !phones.has(phone))).toEqual([]);
  for (const phone of phones) {
    const own = jobs.filter(({ recipient }) => recipient === phone);
    expect(own.map(({ channel }) => channel)).toEqual(['whatsapp', 'sms']);
    // One that the process of before had not begun to write is withdrawn when its time was over by then.
    const isWithdrawn = own[0]?.error_code === 'withdrawn' && own[0].writes === 0;
    expect(over('whatsapp', phone)).toBe(isWithdrawn ? 0 : 1);
    // A request to a provider that was cut off counts as sent: nobody can know.
    const isUnknown = own.some(
      ({ channel, status, writes }) => channel === 'sms' && status !== 'sent' && writes > 0,
    );
    expect(over('sms', phone)).toBe(isUnknown ? Math.min(1, over('sms', phone)) : 1);
    expect(written.filter(([by, to]) => by === 'sms' && to === phone).length).toBeLessThanOrEqual(1);
  }
});
