import { describe, expect, it } from 'vitest';
import type { ClaimedJob } from '../../src/delivery/job.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';

const ALL = { warmOnly: false, resends: true };

describe.each(DATABASES)('the sender of a job on %s', (kind) => {
  useWorld(kind);

  const senderOf = async (id: number) =>
    (
      await database.store
        .selectFrom('jobs')
        .select(['sender', 'account', 'status'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    ).sender;
  async function claimed(): Promise<ClaimedJob> {
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    return job;
  }
  const later = () => ({ kind: 'release' as const, runAt: world.clock.now(), counted: true });

  it('is nobody until one claims it, and then stays in its row', async () => {
    const id = await world.add();
    expect(await senderOf(id)).toBeNull();
    const job = await world.claim();
    expect(await senderOf(id)).toBe('default');
    await world.queue.complete(job, { kind: 'accepted', at: world.clock.now() }, null);
    expect(await senderOf(id)).toBe('default');
  });

  it('is nobody again when the job goes back before anything was written', async () => {
    const id = await world.add();
    await world.queue.complete(await claimed(), later(), null);
    expect(await senderOf(id)).toBeNull();
    await claimed();
    expect(await senderOf(id)).toBe('default');
    await world.clock.advance(61_000);
    expect(await world.queue.recover({ why: 'lapsed' })).toBe(1);
    expect(await senderOf(id)).toBeNull();
  });

  it('stays the same while the message may be out: nobody else could send it once more', async () => {
    const id = await world.add();
    await world.queue.complete(await world.claim(), later(), null);
    expect(await senderOf(id)).toBe('default');
    await world.claim();
    await world.clock.advance(61_000);
    expect(await world.queue.recover({ why: 'lapsed' })).toBe(1);
    expect(await senderOf(id)).toBe('default');
  });

  it('leaves a message that may be out to the sender that wrote it', async () => {
    const id = await world.add();
    await world.queue.complete(await world.claim(), later(), null);
    const handTo = (sender: string) =>
      database.store.updateTable('jobs').set({ sender }).where('id', '=', id).execute();
    await handTo('another');
    expect(await world.queue.claim(ALL)).toBeNull();
    await handTo('default');
    expect(await world.queue.claim(ALL)).toMatchObject({ id });
  });

  it('is told by a job that failed, and nobody again when an operator retries it', async () => {
    const id = await world.failed();
    expect(await senderOf(id)).toBe('default');
    await world.jobs.retry(id, 'operator');
    expect(await senderOf(id)).toBeNull();
  });
});
