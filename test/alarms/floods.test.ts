import { describe, expect, it, onTestFinished } from 'vitest';
import { createAlarms } from '../../src/alarms/alarms.js';
import { cleanUpFloods } from '../../src/alarms/flood-counts.js';
import { createFloods } from '../../src/alarms/floods.js';
import type { LogFields } from '../../src/log.js';
import { silentLog } from '../../src/log.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const THERE = { address: '203.0.113.7', contact: 'olga@example.com' };

describe.each(DATABASES)('floods, on %s', (kind) => {
  /** Each start is a process over the same database. */
  async function scene() {
    const { store, close } = await openTestDatabase(kind);
    onTestFinished(close);
    const clock = createTestClock();
    const lines: LogFields[] = [];
    const sent: string[] = [];
    const log = {
      ...silentLog,
      warn: (what: string, fields?: LogFields) => void lines.push({ what, ...fields }),
    };
    const alarms = createAlarms({ store, clock, log, telegram: { send: (text) => void sent.push(text) } });
    const start = () => createFloods({ store, clock, log, alarms });
    return { store, clock, lines, sent, start };
  }

  it('have a line at once, and the next with the first event after a minute, with a count', async () => {
    const { clock, lines, start } = await scene();
    const floods = start();
    for (let times = 0; times < 40; times++) floods.note('passwords', THERE);
    await clock.advance(MINUTE_MS);
    expect(lines).toHaveLength(1);
    for (let times = 0; times < 5; times++) floods.note('passwords', THERE);
    floods.note('passwords', { address: '2001:db8:1:2::9' });
    expect(lines).toEqual([
      { what: 'wrong passwords', from: '203.0.113.7', times: 1, contact: 'ol***@e***.com' },
      { what: 'wrong passwords', from: '203.0.113.7', times: 40, contact: 'ol***@e***.com' },
      { what: 'wrong passwords', from: '2001:db8:1:2::/64', times: 1 },
    ]);
    await floods.close();
  });

  it('from many thousands of addresses share their lines', async () => {
    const { clock, lines, start } = await scene();
    const floods = start();
    const flood = () => {
      for (let n = 0; n < 5_000; n++) floods.note('keys', { address: `10.1.${n >> 8}.${n & 255}` });
    };
    flood();
    expect(lines).toHaveLength(1_001);
    expect(lines.at(-1)).toEqual({ what: 'wrong API keys', from: 'many addresses', times: 1 });
    await clock.advance(MINUTE_MS);
    flood();
    expect(lines).toHaveLength(2_002);
    expect(lines.at(-1)).toEqual({ what: 'wrong API keys', from: 'many addresses', times: 4_000 });
    await floods.close();
  });

  it.each([
    ['passwords', 100, 10],
    ['codes', 50, 10],
    ['checks', 50, 10],
    ['keys', 20, 10],
    ['logIns', 10, 60],
  ] as const)('%s: above %i there is one alarm, over all processes', async (flood, most, minutes) => {
    const { clock, sent, start } = await scene();
    const [one, other] = [start(), start()];
    const stored = () => Promise.all([one.close(), other.close()]);
    for (let times = 0; times < most; times++) (times % 2 ? one : other).note(flood, THERE);
    await stored();
    expect(sent).toEqual([]);
    for (let times = 0; times < most; times++) (times % 2 ? one : other).note(flood, THERE);
    await stored();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatch(new RegExp(`^⚠️ More than ${most} wrong `));
    await clock.advance(minutes * MINUTE_MS);
    one.note(flood, THERE);
    await stored();
    expect(sent).toHaveLength(1);
  });

  it('are figures of the last day, over restarts', async () => {
    const { clock, store, start } = await scene();
    const before = start();
    before.note('codes', THERE);
    before.note('codes', THERE);
    await before.close();
    await clock.advance(23 * HOUR_MS);
    const floods = start();
    floods.note('codes', THERE);
    expect(await floods.lastDay()).toEqual({ passwords: 0, codes: 3, checks: 0, keys: 0, logIns: 0 });
    await clock.advance(2 * HOUR_MS);
    expect((await floods.lastDay()).codes).toBe(1);
    await cleanUpFloods(store, clock.now());
    expect(await store.selectFrom('flood_counts').select('times').execute()).toHaveLength(1);
    await floods.close();
  });

  it('cost a statement or two a second, however quick they are, and nothing is lost while the store is away', async () => {
    const { clock, store, start } = await scene();
    const floods = start();
    for (let times = 0; times < 300; times++) floods.note('logIns', THERE);
    await store.schema.alterTable('flood_counts').renameTo('away').execute();
    await clock.advance(1_000);
    await floods.close();
    await store.schema.alterTable('away').renameTo('flood_counts').execute();
    expect((await floods.lastDay()).logIns).toBe(300);
    expect(await store.selectFrom('flood_counts').select('times').execute()).toHaveLength(1);
  });

  it('count once, also where it cannot be found out how many there are', async () => {
    const { clock, store, lines, start } = await scene();
    const blind = new Proxy(store, {
      get(of, name) {
        if (name === 'selectFrom') return () => expect.fail('cannot be read');
        const value = Reflect.get(of, name);
        return typeof value === 'function' ? value.bind(of) : value;
      },
    });
    const alarms = { raise: async () => void lines.push({ what: 'an alarm' }) };
    const floods = createFloods({ store: blind, clock, log: silentLog, alarms });
    for (let times = 0; times < 3; times++) floods.note('codes', THERE);
    await clock.advance(1_000);
    await floods.close();
    await floods.close();
    expect((await start().lastDay()).codes).toBe(3);
  });
});
