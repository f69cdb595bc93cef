import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { ChannelError, type ChannelFailure, type FailureKind } from '../../src/channels/channel.js';
import type { ClaimedJob } from '../../src/delivery/job.js';
import { eventsOf, writeEvents } from '../../src/delivery/job-events.js';
import type { Queue } from '../../src/delivery/queue/queue.js';
import { outcomeOf } from '../../src/delivery/worker/attempt.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { newJob } from '../support/delivery.js';
import { openQueue } from '../support/queue.js';

const TTL_MS = 300_000;
const ALL = { warmOnly: false, resends: true };

describe.each(DATABASES)('the story of a job on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let queue: Queue;
  const opened: Database[] = [];

  const queueOf = (owner: string, store = database.store) =>
    openQueue({ database: { kind, store }, clock }).queueOf(owner);

  async function add(): Promise<number> {
    const { incoming } = openQueue({ database, clock });
    const result = await incoming.enqueue(newJob('+201001234567', clock.now() + TTL_MS));
    if (result.kind !== 'created') throw new Error('duplicate');
    return result.jobId;
  }

  async function claim(by: Queue = queue): Promise<ClaimedJob> {
    const job = await by.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    return job;
  }

  /** One attempt that ends with this error; the next one may start at once. */
  async function fail(error: unknown, by: Queue = queue): Promise<void> {
    const job = await claim(by);
    await by.complete(job, outcomeOf(error, job.attempts, clock, TTL_MS), null);
    await clock.advance(10_000);
  }

  const told = async (jobId: number) =>
    (await eventsOf(database.store, jobId)).map(({ kind: what, detail }) =>
      detail === null ? what : `${what}: ${detail}`,
    );
  const error = (how: FailureKind, failure: ChannelFailure, sentence: string) =>
    new ChannelError(how, failure, sentence, false, new Error('4711'));
  const busy = error('retry', 'transport', 'WhatsApp wants fewer messages (429).');
  const offline = error('wait', 'not_connected', 'WhatsApp is not connected.');

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    opened.push(database);
    clock = createTestClock();
    queue = queueOf('me');
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
  });

  it('has every failed attempt with its claim, its time and the sentence of its error', async () => {
    const id = await add();
    const at = clock.now();
    const job = await claim();
    await clock.advance(2_000);
    await queue.complete(job, outcomeOf(busy, 0, clock, TTL_MS), null);
    await clock.advance(8_000);
    await fail(error('retry', 'transport', 'WhatsApp could not take the message (503).'));
    expect(await eventsOf(database.store, id)).toEqual([
      { at, kind: 'claimed', detail: null },
      { at: at + 2_000, kind: 'attempt_failed', detail: 'WhatsApp wants fewer messages (429).' },
      { at: at + 10_000, kind: 'claimed', detail: null },
      { at: at + 10_000, kind: 'attempt_failed', detail: 'WhatsApp could not take the message (503).' },
    ]);
  });

  it('has the last attempt, too, when all are used up', async () => {
    const id = await add();
    for (let attempt = 0; attempt < 3; attempt++) await fail(busy);
    expect(await told(id)).toEqual(
      Array(3).fill(['claimed', 'attempt_failed: WhatsApp wants fewer messages (429).']).flat(),
    );
    expect(await queue.claim(ALL)).toBeNull();
  });

  it('keeps silent about what an unknown error says', async () => {
    const id = await add();
    await fail(new Error('could not send "Your code is 4711."'));
    expect(await told(id)).toEqual([
      'claimed',
      'attempt_failed: The message could not be sent; the log has the cause.',
    ]);
  });

  it('says once that a job waits, however long it does', async () => {
    const id = await add();
    for (let look = 0; look < 5; look++) await fail(offline);
    await fail(busy);
    await fail(offline);
    await fail(offline);
    expect(await told(id)).toEqual([
      'claimed',
      'waiting: WhatsApp is not connected.',
      'claimed',
      'attempt_failed: WhatsApp wants fewer messages (429).',
      'claimed',
      'waiting: WhatsApp is not connected.',
    ]);
  });

  it('has what a refusal says beyond its reason', async () => {
    const id = await add();
    await fail(error('reject', 'rejected_by_whatsapp', 'WhatsApp refused the message (479).'));
    expect(await told(id)).toEqual(['claimed', 'attempt_failed: WhatsApp refused the message (479).']);
    const row = await database.store.selectFrom('jobs').select('error_message').executeTakeFirstOrThrow();
    expect(row.error_message).toBe('WhatsApp refused the message.');
  });

  it('does not repeat a reason that says it all', async () => {
    const id = await add();
    await fail(error('reject', 'not_on_whatsapp', 'The number is not on WhatsApp.'));
    expect(await told(id)).toEqual([]);
  });

  it('tells nothing when the job was put back without an attempt', async () => {
    const id = await add();
    await queue.complete(await claim(), { kind: 'release', runAt: clock.now(), counted: false }, null);
    expect(await told(id)).toEqual([]);
  });

  it('tells what a dead process held', async () => {
    const id = await add();
    await claim(queueOf('dead'));
    expect(await queue.recover({ why: 'owner_ended', owners: ['dead'] })).toBe(1);
    expect(await queue.recover({ why: 'owner_ended', owners: ['dead'] })).toBe(0);
    expect(await told(id)).toEqual(['claimed', expect.stringMatching(/^recovered: The program was ended/)]);
  });

  it('tells when an attempt was given up, and nothing that its old holder says afterwards', async () => {
    const id = await add();
    const slow = queueOf('slow');
    const job = await claim(slow);
    await clock.advance(61_000);
    expect(await queue.recover({ why: 'lapsed' })).toBe(1);
    for (const late of [busy, offline, error('reject', 'sender_banned', 'The number was banned.')]) {
      await slow.complete(job, outcomeOf(late, 0, clock, TTL_MS), null);
    }
    expect(await told(id)).toEqual([
      'claimed',
      expect.stringMatching(/^recovered: The attempt came to no end/),
    ]);
  });

  it('has the last attempt of a message that a newer one superseded', async () => {
    const id = await add();
    const job = await claim();
    await queue.beginWrite(job);
    await add();
    await queue.complete(job, outcomeOf(busy, 0, clock, TTL_MS), null);
    expect(await told(id)).toEqual(['claimed', 'attempt_failed: WhatsApp wants fewer messages (429).']);
  });

  it('is undone when its outcome cannot be stored, and the other way round', async () => {
    const id = await add();
    const job = await claim();
    const broken = queueOf('me', database.store.withPlugin(watching(3)));
    await expect(broken.complete(job, outcomeOf(busy, 0, clock, TTL_MS), null)).rejects.toThrow('disk full');
    expect(await told(id)).toEqual([]);
    const row = await database.store.selectFrom('jobs').select(['status', 'attempts']).executeTakeFirst();
    expect(row).toEqual({ status: 'processing', attempts: 0 });
  });

  it('costs an accepted message nothing', async () => {
    const id = await add();
    const job = await claim();
    const counter = watching();
    await queueOf('me', database.store.withPlugin(counter)).complete(
      job,
      { kind: 'accepted', at: clock.now() },
      null,
    );
    // The job and its recipient.
    expect(counter.statements).toBe(2);
    expect(await told(id)).toEqual([]);
  });

  it('tells each claim once, and nothing of a claim that never was', async () => {
    const id = await add();
    await writeEvents(database.store, [id], [{ at: 1, kind: 'retried', detail: 'me' }]);
    await claim();
    for (const at of [2, 3])
      await writeEvents(database.store, [id], [{ at, kind: 'recovered', detail: null }]);
    expect(await told(id)).toEqual(['retried: me', 'claimed', 'recovered', 'recovered']);
  });

  it('cuts what is too long, and goes with its job', async () => {
    const id = await add();
    await writeEvents(database.store, [id], [{ at: 1, kind: 'retried', detail: 'x'.repeat(5_000) }]);
    expect((await eventsOf(database.store, id))[0]?.detail).toHaveLength(400);
    await database.store.deleteFrom('jobs').where('id', '=', id).execute();
    expect(await told(id)).toEqual([]);
  });
});

/** Counts what reaches the database, and fails after the given statement was carried out. */
function watching(failAt = Number.POSITIVE_INFINITY): KyselyPlugin & { statements: number } {
  const plugin: KyselyPlugin & { statements: number } = {
    statements: 0,
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      plugin.statements++;
      if (plugin.statements === failAt) throw new Error('disk full');
      return result;
    },
  };
  return plugin;
}
