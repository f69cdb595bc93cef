import { describe, expect, it } from 'vitest';
import { createQueueControl } from '../../src/delivery/pause.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';
import { TTL_MS } from './world.js';

const DAY_MS = 24 * 3_600_000;
const ALL = { warmOnly: false, resends: true };

describe.each(DATABASES)('the clock is set while jobs wait, on %s', (kind) => {
  useWorld(kind);

  const row = (id: number) =>
    database.store.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  it('a code of a clock that was a day ahead does not live for a day', async () => {
    const sent = await world.add('+201001234561');
    const job = await world.claim();
    await world.receipt(job, 'accepted');
    const open = await world.add('+201001234562');
    world.clock.step(-DAY_MS);
    const fresh = await world.add('+201001234563');
    expect(await world.sweep.endAhead()).toBe(1);
    expect(await row(open)).toMatchObject({ status: 'expired', error_code: 'code_expired', body: null });
    expect(await row(sent)).toMatchObject({ status: 'sent', body: null });
    expect(await row(fresh)).toMatchObject({ status: 'pending', body: expect.any(String) });
  });

  it('a correction by seconds ends no code, and holds none up', async () => {
    const id = await world.add();
    world.clock.step(-30_000);
    expect(await world.sweep.endAhead()).toBe(0);
    expect(await world.queue.claim(ALL)).toBeNull();
    expect(await world.waiting.release()).toBe(1);
    expect((await world.queue.claim(ALL))?.id).toBe(id);
  });

  it('a retry of a clock that was ahead comes when it would have come', async () => {
    const id = await world.add();
    const job = await world.claim();
    world.clock.step(TTL_MS / 2);
    const runAt = world.clock.now() + 1_000;
    await world.queue.complete(job, { kind: 'release', runAt, counted: true }, null);
    world.clock.step(-TTL_MS / 2);
    expect(await world.waiting.release()).toBe(1);
    expect((await world.queue.claim(ALL))?.id).toBe(id);
  });

  it('a retry that is due in a while is not hastened', async () => {
    await world.add();
    const runAt = world.clock.now() + TTL_MS / 10;
    await world.queue.complete(await world.claim(), { kind: 'release', runAt, counted: true }, null);
    expect(await world.waiting.release()).toBe(0);
    expect(await world.queue.claim(ALL)).toBeNull();
  });

  it('a lease of a clock that was ahead is lost like any other', async () => {
    const id = await world.add();
    await world.claim();
    expect(await world.queue.recover({ why: 'lapsed' })).toBe(0);
    world.clock.step(-DAY_MS);
    expect(await world.queue.recover({ why: 'lapsed' })).toBe(1);
    expect(await row(id)).toMatchObject({ status: 'pending', lease_until: null });
  });

  it('an answer under an Idempotency-Key goes with its code', async () => {
    const idempotency = { id: 'key', requestHash: 'hash', response: 'sealed' };
    await world.add('+201001234561', { idempotency });
    const keys = () => database.store.selectFrom('idempotency_keys').selectAll().execute();
    world.clock.step(-30_000);
    await world.sweep.endAhead();
    expect(await keys()).toHaveLength(1);
    world.clock.step(-DAY_MS);
    await world.sweep.endAhead();
    expect(await keys()).toHaveLength(0);
  });

  it('a pause has lasted as long as it has', async () => {
    const clock = createTestClock();
    const pause = () =>
      createQueueControl({
        store: database.store,
        clock,
        account: 'default',
        onChanged: () => {},
      });
    const control = pause();
    await control.pause();
    for (const step of [-DAY_MS, DAY_MS, DAY_MS]) {
      clock.step(step);
      await clock.advance(1_000);
    }
    expect(clock.now() - (control.pausedAt() ?? 0)).toBe(3_000);
    clock.step(-2 * DAY_MS);
    const next = pause();
    await next.load();
    expect(clock.now() - (next.pausedAt() ?? 0)).toBeGreaterThanOrEqual(0);
  });
});
