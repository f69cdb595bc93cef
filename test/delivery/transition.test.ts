import { describe, expect, it } from 'vitest';
import {
  expired,
  failed,
  type Jobs,
  superseded,
  transition,
  waiting,
} from '../../src/delivery/queue/transition.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';

describe.each(DATABASES)('a change of the status of jobs on %s', (kind) => {
  useWorld(kind);

  const change = (which: (jobs: Jobs) => Jobs, ...how: [Parameters<typeof transition>[2], WhyNot?]) =>
    database.store.transaction().execute((trx) => transition(trx, which, ...how));
  type WhyNot = Parameters<typeof transition>[3];
  const pending = (jobs: Jobs) => jobs.where('status', '=', 'pending');
  const now = () => world.clock.now();
  const statusOf = async (id: number) => (await world.jobs.find(id))?.status;

  it('answers with the jobs that have changed, and leaves all others alone', async () => {
    const first = await world.add('+201001234501');
    await world.claim();
    const [second, third] = [await world.add('+201001234502'), await world.add('+201001234503')];
    const changed = await change(pending, failed('reach_out_restricted', now()));
    expect(changed.toSorted((a, b) => a.id - b.id)).toEqual([
      { id: second, status: 'failed' },
      { id: third, status: 'failed' },
    ]);
    expect(await statusOf(first)).toBe('processing');
    expect(await change(pending, failed('reach_out_restricted', now()))).toEqual([]);
  });

  it('has one winner when many make it at once', async () => {
    const id = await world.add();
    const ends = [failed('reach_out_restricted', now()), expired(now()), superseded(now())];
    const winners = await Promise.all(ends.flatMap((end) => [change(pending, end), change(pending, end)]));
    expect(winners.filter((changed) => changed.length > 0)).toHaveLength(1);
    const counts = await world.jobs.counts();
    expect(counts.failed + counts.expired).toBe(1);
    expect(counts.pending).toBe(0);
    expect(await statusOf(id)).toBe(winners.flat()[0]?.status);
  });

  it('is stored with the story, or not at all', async () => {
    const id = await world.add();
    const why = { at: now(), kind: 'recovered', detail: 'for a test' } as const;
    const undone = database.store.transaction().execute(async (trx) => {
      expect(await transition(trx, pending, failed('code_expired', now()), why)).toHaveLength(1);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await world.jobs.story(id)).toMatchObject({ status: 'pending', events: [] });
    expect(await world.jobs.counts()).toMatchObject({ pending: 1, failed: 0 });
    await change(pending, failed('code_expired', now()), why);
    expect(await world.jobs.story(id)).toMatchObject({ status: 'failed', events: [why] });
    expect(await world.jobs.counts()).toMatchObject({ pending: 0, failed: 1 });
  });

  it('ends a superseded job that waits, and only marks one that is under way', async () => {
    const open = await world.add('+201001234501');
    await world.claim();
    const idle = await world.add('+201001234502');
    const all = (jobs: Jobs) => jobs.where('finished_at', 'is', null);
    const changed = new Map((await change(all, superseded(now()))).map(({ id, status }) => [id, status]));
    expect([changed.get(open), changed.get(idle)]).toEqual(['processing', 'failed']);
  });

  it('leaves nothing of its end, or of its lease, on a job that waits again', async () => {
    const id = await world.failed();
    await change((jobs) => jobs.where('id', '=', id), waiting(now() + 7));
    const row = await database.store.selectFrom('jobs').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      status: 'pending',
      error_code: null,
      error_message: null,
      lease_owner: null,
      lease_until: null,
      finished_at: null,
      run_at: now() + 7,
    });
  });
});
