import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { type AuditLog, createAuditLog, type NewAuditEntry } from '../../src/admin/audit/audit-log.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

const SMALL = { maxEntries: 50, maxFailedSignIns: 20, pruneEvery: 100 };

describe.each(DATABASES)('the audit log on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let log: AuditLog;
  const opened: Database[] = [];

  const record = (entry: Partial<NewAuditEntry> = {}) =>
    log.record({ actor: 'operator', address: '203.0.113.7', action: 'queue_paused', ...entry });
  const newest = async () => (await log.page(null, 1))[0];

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    opened.push(database);
    clock = createTestClock();
    log = createAuditLog({ store: database.store, clock });
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
  });

  it('is empty at first', async () => {
    expect(await log.page(null, 50)).toEqual([]);
  });

  it('says who did what, when, from where and to what', async () => {
    const id = await record({ action: 'job_retried', target: 'job 17' });
    expect(await log.page(null, 50)).toEqual([
      {
        id,
        at: clock.now(),
        actor: 'operator',
        address: '203.0.113.7',
        action: 'job_retried',
        target: 'job 17',
        detail: null,
      },
    ]);
  });

  it('is read newest first, page by page, without gaps when something is added meanwhile', async () => {
    const ids: number[] = [];
    for (let n = 0; n < 7; n++) ids.push(await record({ detail: `entry ${n}` }));
    const first = await log.page(null, 3);
    await record();
    const second = await log.page(first.at(-1)?.id ?? 0, 3);
    const third = await log.page(second.at(-1)?.id ?? 0, 3);
    expect([...first, ...second, ...third].map(({ id }) => id)).toEqual(ids.reverse());
  });

  it('can say how far a long action has come', async () => {
    const id = await record({ action: 'jobs_deleted', detail: '100 jobs' });
    const other = await record({ detail: 'untouched' });
    await log.amend(id, '1,200 jobs');
    const details = new Map((await log.page(null, 50)).map((entry) => [entry.id, entry.detail]));
    expect([details.get(id), details.get(other)]).toEqual(['1,200 jobs', 'untouched']);
  });

  it('takes the user name of a stranger as harmless text of 64 characters', async () => {
    const write = (actor: string) => record({ action: 'sign_in_failed', actor });
    await write('a'.repeat(100_000));
    expect((await newest())?.actor).toBe('a'.repeat(64));
    await write('\u{1F600}'.repeat(100));
    expect((await newest())?.actor).toBe('\u{1F600}'.repeat(64));
    await write('root\r\n2026-01-01 \u0000\u001b[31madmin\u202etxt\u2028\ud800 signed in\u0085');
    expect((await newest())?.actor).toBe('root2026-01-01 [31madmintxt signed in');
    await write(`'); DROP TABLE audit_log; --<script>alert(1)</script>`);
    expect((await newest())?.actor).toBe(`'); DROP TABLE audit_log; --<script>alert(1)</script>`);
  });

  it('cuts whatever else comes from outside', async () => {
    const long = 'x\n'.repeat(10_000);
    const id = await record({ address: long, target: long, detail: long });
    const lengths = async () => {
      const entry = await newest();
      return [entry?.address.length, entry?.target?.length, entry?.detail?.length];
    };
    expect(await lengths()).toEqual([64, 200, 200]);
    await log.amend(id, long);
    expect(await lengths()).toEqual([64, 200, 200]);
  });

  it('forgets the oldest when it has grown too long', async () => {
    log = createAuditLog({
      store: database.store,
      clock,
      limits: SMALL,
    });
    for (let n = 1; n <= 200; n++) await record({ detail: String(n) });
    const kept = await log.page(null, 1_000);
    expect(kept.map(({ detail }) => Number(detail))).toEqual(Array.from({ length: 50 }, (_, n) => 200 - n));
  });

  it('lets failed sign-ins push out each other, but not what users did', async () => {
    log = createAuditLog({
      store: database.store,
      clock,
      limits: SMALL,
    });
    for (let n = 0; n < 10; n++) await record({ action: 'jobs_deleted' });
    for (let n = 0; n < 290; n++) await record({ action: 'sign_in_failed', actor: `guess ${n}` });
    const kept = await log.page(null, 1_000);
    expect(kept.filter(({ action }) => action === 'jobs_deleted')).toHaveLength(10);
    const failed = kept.filter(({ action }) => action === 'sign_in_failed');
    expect(failed).toHaveLength(20);
    expect(failed[0]?.actor).toBe('guess 289');
  });

  it('shrinks in chunks when it was far too long', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => ({
      at: n,
      actor: 'operator',
      address: '',
      action: 'queue_paused',
    }));
    for (let chunk = 0; chunk < 5; chunk++)
      await database.store.insertInto('audit_log').values(rows).execute();
    log = createAuditLog({
      store: database.store,
      clock,
      limits: SMALL,
    });
    for (let n = 0; n < 100; n++) await record();
    expect(await log.page(null, 1_000)).toHaveLength(50);
  });
});
