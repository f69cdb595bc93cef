import { describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { NewJob } from '../../src/delivery/queue/new-job.js';
import { renameNumber } from '../../src/delivery/queue/numbers.js';
import { createPersons } from '../../src/delivery/queue/persons.js';
import { newCode } from '../otp/writing-first/codes.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';
import { EVERYTHING } from './world.js';

/** One mobile in Buenos Aires, as people write it and as WhatsApp calls it; and somebody else. */
const WRITTEN = '+541123456789';
const CALLED = '+5491123456789';
const OTHER = '+541123450000';

describe.each(DATABASES)('codes for one person under two spellings on %s', (kind) => {
  useWorld(kind);

  /** WhatsApp has answered. */
  async function name(phone: string, person: string): Promise<void> {
    const rename = await database.store
      .transaction()
      .execute((trx) => renameNumber(trx, { account: 'default', phone, person, now: world.clock.now() }));
    expect(rename).not.toBeNull();
    world.persons.note(phone, person);
  }

  const row = (id: number) =>
    database.store.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const superseded = { status: 'failed', error_code: 'superseded', body: null };
  const waiting = { status: 'pending', overtaken_at: null };

  it('both are sent before WhatsApp has answered', async () => {
    const ids = [await world.add(WRITTEN), await world.add(CALLED)];
    for (const id of ids) expect(await row(id)).toMatchObject(waiting);
  });

  it.each([
    [WRITTEN, CALLED],
    [CALLED, WRITTEN],
  ])(
    'a newer code takes the place of one that waits under the other spelling: %s, %s',
    async (older, newer) => {
      await name(WRITTEN, CALLED);
      const [first, login, other] = [
        await world.add(older),
        await world.add(older, { purpose: 'login' }),
        await world.add(OTHER),
      ];
      const second = await world.add(newer);
      expect(await row(first)).toMatchObject({ ...superseded, recipient: older });
      expect(await row(second)).toMatchObject({ ...waiting, recipient: newer });
      for (const id of [login, other]) expect(await row(id)).toMatchObject(waiting);
    },
  );

  it('one that is under way is not written again', async () => {
    await name(WRITTEN, CALLED);
    await world.add(WRITTEN);
    const job = await world.queue.claim({ warmOnly: false, resends: true });
    await world.add(CALLED);
    expect(job && (await world.queue.beginWrite(job))).toBe(false);
  });

  it('of two in one commit the last one counts', async () => {
    await name(WRITTEN, CALLED);
    const [first, second] = await Promise.all([world.add(CALLED), world.add(WRITTEN)]);
    expect(await row(first)).toMatchObject(superseded);
    expect(await row(second)).toMatchObject(waiting);
  });

  it('the moment WhatsApp answers, the newest of those that wait counts', async () => {
    const change: Partial<NewJob> = { purpose: 'login' };
    const older = await world.add(WRITTEN);
    const claimed = await world.queue.claim({ warmOnly: false, resends: true });
    const login = await world.add(WRITTEN, change);
    const middle = await world.add(CALLED);
    const newest = await world.add(WRITTEN);
    await name(WRITTEN, CALLED);
    expect(claimed?.id).toBe(older);
    expect(claimed && (await world.queue.beginWrite(claimed))).toBe(false);
    expect(await row(middle)).toMatchObject(superseded);
    for (const id of [newest, login]) expect(await row(id)).toMatchObject(waiting);
  });

  it('messages of one code stand beside each other when WhatsApp answers', async () => {
    const other = await world.add(WRITTEN, { codeId: 'code-1' });
    const [first, second] = [
      await world.add(WRITTEN, { codeId: 'code-2' }),
      await world.add(CALLED, { codeId: 'code-2' }),
    ];
    await name(WRITTEN, CALLED);
    expect(await row(other)).toMatchObject(superseded);
    for (const id of [first, second]) expect(await row(id)).toMatchObject(waiting);
  });

  it('a failed one can be retried beside a newer message of the same code, but not beside another code', async () => {
    await name(WRITTEN, CALLED);
    for (const id of ['code-1', 'code-2']) await newCode(world.store, world.clock, { id });
    const failed = async (recipient: string, codeId: string) => {
      const id = await world.add(recipient, { codeId });
      await world.fail(await world.claim());
      return id;
    };
    const first = await failed(WRITTEN, 'code-1');
    const second = await failed(CALLED, 'code-1');
    const retries = async () => (await world.jobs.list(EVERYTHING, 1, 10)).jobs.map(({ retry }) => retry);
    expect(await retries()).toEqual(['possible', 'possible']);
    expect(await world.jobs.retryAll(EVERYTHING, second, 'me')).toBe(2);
    await world.fail(await world.claim());
    await world.fail(await world.claim());
    await failed(CALLED, 'code-2');
    expect(await retries()).toEqual(['possible', 'superseded', 'superseded']);
    await expect(world.jobs.retry(first)).rejects.toMatchObject({ code: 'job_not_retryable' });
  });

  it('a failed one cannot be retried once there is a newer one for the other spelling', async () => {
    await name(WRITTEN, CALLED);
    const older = await world.failed(WRITTEN);
    const newer = await world.failed(CALLED);
    const list = await world.jobs.list(EVERYTHING, 1, 10);
    expect(list.jobs.map(({ jobId, retry }) => [jobId, retry])).toEqual([
      [newer, 'possible'],
      [older, 'superseded'],
    ]);
    await expect(world.jobs.retry(older)).rejects.toMatchObject({ code: 'job_not_retryable' });
    await world.jobs.retry(newer);
  });

  it('somebody who can be written to under one spelling can be under the other', async () => {
    const warmOnly = { warmOnly: true, resends: true };
    await world.reach(WRITTEN);
    await world.add(CALLED);
    await world.add(OTHER);
    expect(await world.queue.claim(warmOnly)).toBeNull();
    await name(WRITTEN, CALLED);
    expect((await world.queue.claim(warmOnly))?.recipient).toBe(CALLED);
    expect(await world.queue.claim(warmOnly)).toBeNull();
  });

  it('also when WhatsApp had answered before the first message was accepted', async () => {
    await name(WRITTEN, CALLED);
    await world.add(CALLED);
    await world.receipt(await world.claim(), 'accepted', 7);
    const known = await database.store
      .selectFrom('recipients')
      .select(['recipient', 'first_accepted_at'])
      .orderBy('recipient')
      .execute();
    expect(known).toEqual([
      { recipient: WRITTEN, first_accepted_at: 7 },
      { recipient: CALLED, first_accepted_at: 7 },
    ]);
    await world.receipt(await claimedOther(), 'accepted', 9);
    expect(await database.store.selectFrom('recipients').selectAll().execute()).toHaveLength(3);
  });

  async function claimedOther() {
    await world.add(OTHER);
    return await world.claim();
  }

  it('is remembered over a restart', async () => {
    await name(WRITTEN, CALLED);
    await name(OTHER, CALLED);
    await name(OTHER, OTHER);
    const persons = createPersons(database);
    expect(persons.spellingsOf(WRITTEN)).toEqual([WRITTEN]);
    await persons.load();
    expect(persons.spellingsOf(WRITTEN).sort()).toEqual([WRITTEN, CALLED].sort());
    expect(persons.spellingsOf(CALLED).sort()).toEqual([WRITTEN, CALLED].sort());
    expect([persons.personOf(OTHER), persons.spellingsOf(OTHER)]).toEqual([OTHER, [OTHER]]);
  });

  it('the same answer again changes nothing', async () => {
    await name(WRITTEN, CALLED);
    const numbers = () => database.store.selectFrom('numbers').selectAll().orderBy('phone').execute();
    const before = await numbers();
    const later = createTestClock(world.clock.now() + 1_000).now();
    const again = (trx: Database['store']) =>
      renameNumber(trx, { account: 'default', phone: WRITTEN, person: CALLED, now: later });
    expect(await database.store.transaction().execute(again)).toBeNull();
    expect(await numbers()).toEqual(before);
  });
});
