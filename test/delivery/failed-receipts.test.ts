import { describe, expect, it } from 'vitest';
import { ChannelError } from '../../src/channels/channel.js';
import { recordReceipt } from '../../src/delivery/queue/outcomes.js';
import { outcomeOf } from '../../src/delivery/worker/attempt.js';
import { DATABASES } from '../support/databases.js';
import { useWorld, world } from './use-world.js';
import { TTL_MS } from './world.js';

describe.each(DATABASES)('what a provider reports as failed, on %s', (kind) => {
  useWorld(kind);

  const report = (messageId: string, final = true) =>
    recordReceipt(
      world.store,
      { messageId, kind: 'failed', reason: 'The provider said UNDELIV.', final, at: world.clock.now() },
      false,
    );

  async function sentJob() {
    const id = await world.add();
    const job = await world.claim();
    await world.queue.complete(job, { kind: 'accepted', at: world.clock.now() }, null);
    return { id, job };
  }

  it('ends a job that was sent, and its story says so', async () => {
    const { id, job } = await sentJob();
    await world.clock.advance(4_000);
    expect(await report(job.messageId)).toBe(true);
    expect(await world.jobs.story(id)).toMatchObject({
      status: 'failed',
      error: { code: 'provider_failed', message: 'The provider reported that the message did not arrive.' },
      events: [{ kind: 'claimed' }, { kind: 'attempt_failed', detail: 'The provider said UNDELIV.' }],
    });
    expect(await report(job.messageId)).toBe(false);
  });

  it('undoes nothing that has arrived, and is undone by what arrives', async () => {
    const first = await sentJob();
    await world.receipt(first.job, 'delivered');
    expect(await report(first.job.messageId)).toBe(false);
    expect(await world.jobs.find(first.id)).toMatchObject({ status: 'sent', error: null });
    const other = await sentJob();
    await report(other.job.messageId);
    await world.receipt(other.job, 'delivered');
    expect(await world.jobs.find(other.id)).toMatchObject({ status: 'sent', error: null });
    expect(await world.counters.byStatus()).toMatchObject({ sent: 2, failed: 0 });
  });

  it('counts before the answer to the request as well, and a late acceptance does not take it back', async () => {
    const id = await world.add();
    const job = await world.claim();
    expect(await report(job.messageId)).toBe(true);
    await world.queue.complete(job, { kind: 'accepted', at: world.clock.now() }, null);
    expect(await world.jobs.find(id)).toMatchObject({ status: 'failed', error: { code: 'provider_failed' } });
  });

  it('that is not final is told in the story, and the job goes on', async () => {
    const { id, job } = await sentJob();
    expect(await report(job.messageId, false)).toBe(true);
    const found = await world.jobs.story(id);
    expect(found).toMatchObject({ status: 'sent', error: null });
    expect(found?.events.at(-1)?.detail).toBe('The provider said UNDELIV.');
  });

  it('of a message that nobody sent changes nothing', async () => {
    await world.add();
    expect(await report('unknown')).toBe(false);
  });

  it('a message that was refused as a whole counts as never written; one that may have arrived does not', async () => {
    const refused = (mayHaveArrived: boolean) =>
      new ChannelError(
        'retry',
        'transport',
        'The provider is busy (503).',
        mayHaveArrived,
        undefined,
        20_000,
      );
    const id = await world.add();
    const { clock, queue } = world;
    for (const expected of [0, 1]) {
      const outcome = outcomeOf(refused(expected === 1), 0, clock, TTL_MS, true);
      expect(outcome).toMatchObject({ runAt: clock.now() + 20_000 });
      await queue.complete(await world.claim(), outcome, null);
      const { writes, sender } = await world.store
        .selectFrom('jobs')
        .select(['writes', 'sender'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      expect([writes, sender]).toEqual([expected, expected === 0 ? null : 'default']);
      await clock.advance(20_000);
    }
  });
});
