import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { Alarm } from '../../src/alarms/alarms.js';
import { createWatch } from '../../src/alarms/watch.js';
import { createLimits, type Use } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { silentLog } from '../../src/log.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

const MINUTE_MS = 60_000;

describe.each(DATABASES)('what is watched on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let raised: Alarm[];
  let cold: number;
  let missed: number;
  let others: Alarm[];
  let stop: () => Promise<void>;
  const start = (perDay = 0) => {
    const { store } = database;
    const overrides = { 'cold-messages': { count: perDay, periodMs: 1 } };
    const rules = rulesOf({ eased: false, overrides });
    const alarms = { raise: async (alarm: Alarm) => void raised.push(alarm) };
    const watch = createWatch({
      store,
      clock,
      log: silentLog,
      alarms,
      rules,
      coldOfDay: async () => cold,
      countMissed: async () => missed,
      looks: [async () => others],
    });
    watch.start();
    stop = watch.stop;
    return createLimits({ store, clock, rules });
  };
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    [raised, cold, missed, others] = [[], 0, 0, []];
  });
  afterEach(async () => {
    await stop();
    await database.close();
  });

  const aMinute = async () => {
    raised = [];
    await clock.advance(MINUTE_MS);
    await stop();
    return raised.map(({ kind }) => kind);
  };

  it('is worth an alarm from 80 % of the mails of an hour on', async () => {
    const limits = start();
    const mail: Use = { rule: 'mails', of: 'all' };
    for (let sent = 0; sent < 239; sent++) await limits.count([mail]);
    expect(await aMinute()).toEqual([]);
    const more = start();
    await more.count([mail]);
    expect(await aMinute()).toEqual(['mails']);
    expect(raised[0]?.text).toContain('240 of the 300 mails');
  });

  it('is worth one while an address is paused for numbers that are not on WhatsApp', async () => {
    start();
    missed = 2;
    expect(await aMinute()).toEqual(['missed numbers']);
    expect(raised[0]?.text).toContain('2 network addresses');
  });

  it('is worth what others who look at something say', async () => {
    start();
    others = [
      { kind: 'one', text: 'One.' },
      { kind: 'two', text: 'Two.' },
    ];
    expect(await aMinute()).toEqual(['one', 'two']);
  });

  it('is worth one from 30 first messages a day on, or when the fewer that may be are used up', async () => {
    for (const [limit, count, alarms] of [
      [0, 29, []],
      [0, 30, ['first messages']],
      [10, 9, []],
      [10, 10, ['first messages']],
    ] as const) {
      start(limit);
      cold = count;
      expect(await aMinute()).toEqual(alarms);
    }
  });
});
