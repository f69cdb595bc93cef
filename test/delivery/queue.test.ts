import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { Reporter } from '../../src/channels/channel.js';
import { recordReceipt } from '../../src/delivery/queue/outcomes.js';
import { createTextLookup } from '../../src/delivery/queue/reporter.js';
import { createSealer } from '../../src/sealing.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { reach } from '../support/reach.js';
import { bodySealer, codeHash, OTHER_KEY } from '../support/secrets.js';
import { createWorld, TTL_MS } from './world.js';

const ALL = { warmOnly: false, resends: true };

const WAITING = { status: 'pending', overtaken_at: null };
const SUPERSEDED = { status: 'failed', error_code: 'superseded', body: null };

describe.each(DATABASES)('the queue on %s', (kind) => {
  let database: Database;
  const opened: Database[] = [];
  let world: ReturnType<typeof build>;

  function build() {
    const queue = createWorld(database);
    const { store, clock } = queue;
    return {
      ...queue,
      textOf: createTextLookup({ store, clock, bodySealer }),
      row: (id: number) =>
        store.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    };
  }

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    opened.push(database);
    world = build();
  });
  afterAll(async () => {
    for (const each of opened) await each.close();
  });

  it('whoever has just written goes before all others, and stays there when a token follows', async () => {
    const [first, person] = ['+201001230001', '+201001230002'];
    await world.add(first);
    await world.clock.advance(1_000);
    const id = await world.add(person);
    const reply = await world.add(person, { purpose: 'login', runAt: 0 });
    await world.waiting.hasten([person], false);
    expect((await world.row(reply)).run_at).toBe(0);
    expect(await world.waiting.hasten([person], true)).toBe(2);
    await world.waiting.hasten([person], false);
    expect([(await world.claim()).id, (await world.claim()).id]).toEqual([id, reply]);
    expect((await world.claim()).recipient).toBe(first);
  });

  it('keeps a job pending until it is claimed, and shows it without its code', async () => {
    const id = await world.add();
    const view = await world.jobs.find(id);
    expect(view).toMatchObject({ jobId: id, phoneNumber: '+201001234567', status: 'pending', error: null });
    expect(JSON.stringify(view)).not.toContain('4711');
    expect(typeof id).toBe('number');
  });

  it('stores neither the code nor the text in the clear', async () => {
    const row = await world.row(await world.add());
    expect(JSON.stringify({ ...row, code_hash: '' })).not.toMatch(/4711|Your code/);
    expect(row.code_hash).toBe(codeHash('4711'));
    expect(row.code_hash).not.toContain('4711');
  });

  it('commits requests that arrive together in one transaction', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => world.add(`+2010012345${10 + n}`)));
    expect(new Set(ids).size).toBe(40);
    expect(world.committed).toEqual([[40, 0]]);
  });

  it('hands out the oldest job first, each to one claimer only', async () => {
    const ids = [await world.add('+201001234501'), await world.add('+201001234502')];
    const claims = await Promise.all([
      world.queue.claim(ALL),
      world.queueOf('other').claim(ALL),
      world.queue.claim(ALL),
    ]);
    // Which of the three goes without is the database's choice.
    const claimed = claims.filter((job) => job !== null);
    expect(claimed.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(claimed.map(({ text }) => text)).toEqual(Array(2).fill('Your code is 4711.'));
  });

  it('gives fifty parallel claimers of one job one winner', async () => {
    await world.add();
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, n) => world.queueOf(`worker-${n}`).claim(ALL)),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('lets messages of one code stand beside each other, whatever their channels', async () => {
    const step = (codeId?: string) => world.add(undefined, codeId === undefined ? {} : { codeId });
    const first = await step('code-1');
    const second = await step('code-1');
    for (const id of [first, second]) expect(await world.row(id)).toMatchObject(WAITING);
    const next = await step('code-2');
    for (const id of [first, second]) expect(await world.row(id)).toMatchObject(SUPERSEDED);
    const alone = await step();
    expect(await world.row(next)).toMatchObject(SUPERSEDED);
    const last = await step('code-2');
    expect(await world.row(alone)).toMatchObject(SUPERSEDED);
    expect(await world.row(last)).toMatchObject(WAITING);
  });

  it('lets messages of one code stand beside each other in one commit, too', async () => {
    const steps = ['code-1', 'code-1', undefined, 'code-2', 'code-2'];
    const ids = await Promise.all(
      steps.map((codeId) => world.add(undefined, codeId === undefined ? {} : { codeId })),
    );
    expect(world.committed).toEqual([[5, 3]]);
    const rows = await Promise.all(ids.map(world.row));
    expect(rows.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'pending', 'pending']);
    expect(rows.map(({ code_id }) => code_id)).toEqual(steps.map((codeId) => codeId ?? null));
  });

  it('notes on whose behalf a job was asked for', async () => {
    const mine = await world.add(undefined, { caller: 'key:4711' });
    expect(await world.jobs.find(mine)).toMatchObject({ caller: 'key:4711' });
  });

  it('lets a newer code for the same number take the place of one that waits', async () => {
    const old = await world.add();
    const other = await world.add('+201001234599');
    const fresh = await world.add();
    expect(await world.jobs.find(old)).toMatchObject({ status: 'failed', error: { code: 'superseded' } });
    expect((await world.row(old)).body).toBeNull();
    expect((await world.jobs.find(other))?.status).toBe('pending');
    expect((await world.jobs.find(fresh))?.status).toBe('pending');
  });

  it('keeps only the last of several codes for one number that arrive together', async () => {
    const ids = await Promise.all([world.add(), world.add(), world.add()]);
    const views = await Promise.all(ids.map((id) => world.jobs.find(id)));
    expect(views.map((view) => view?.status)).toEqual(['failed', 'failed', 'pending']);
    expect(world.committed).toEqual([[3, 2]]);
  });

  it('does not send a message again that a newer one superseded while it was under way', async () => {
    await world.add();
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.queue.beginWrite(job);
    await world.add();
    await world.queue.complete(job, { kind: 'release', runAt: world.clock.now(), counted: false }, null);
    expect(await world.jobs.find(job.id)).toMatchObject({ status: 'failed', error: { code: 'superseded' } });
  });

  it('never claims a code that has too little life left', async () => {
    await world.add();
    await world.clock.advance(TTL_MS - 29_000);
    expect(await world.queue.claim(ALL)).toBeNull();
    await world.sweep.expire();
    expect(await world.jobs.find(1)).toMatchObject({ status: 'expired', error: { code: 'code_expired' } });
  });

  it('refuses the write when the code expired during the preparation', async () => {
    await world.add();
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.clock.advance(TTL_MS - 10_000);
    expect(await world.queue.beginWrite(job)).toBe(false);
  });

  it('writes a message three times at the most', async () => {
    await world.add();
    const writes: boolean[] = [];
    for (let round = 0; round < 5; round++) {
      const job = await world.queue.claim(ALL);
      if (!job) break;
      writes.push(await world.queue.beginWrite(job));
      await world.queue.complete(job, { kind: 'release', runAt: world.clock.now(), counted: false }, null);
    }
    expect(writes).toEqual([true, true, true]);
    expect((await world.jobs.find(1))?.status).toBe('pending');
  });

  it('holds back what may have been written until receipts had time to come', async () => {
    await world.add();
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.queue.beginWrite(job);
    await world.queue.complete(job, { kind: 'release', runAt: world.clock.now(), counted: false }, null);
    expect(await world.queue.claim({ warmOnly: false, resends: false })).toBeNull();
    expect((await world.queue.claim(ALL))?.messageId).toBe(job.messageId);
  });

  it('uses up attempts for transport faults only, then fails', async () => {
    await world.add();
    for (const counted of [false, true, true, true]) {
      const job = await world.queue.claim(ALL);
      if (!job) throw new Error('nothing claimed');
      await world.queue.complete(job, { kind: 'release', runAt: world.clock.now(), counted }, null);
    }
    expect(await world.jobs.find(1)).toMatchObject({
      status: 'failed',
      error: { code: 'attempts_exhausted', message: expect.stringMatching(/attempts/) },
    });
  });

  it('brings back at once what a dead process held, as the same message', async () => {
    const id = await world.add();
    const held = await world.queueOf('dead').claim(ALL);
    expect(await world.queue.claim(ALL)).toBeNull();
    expect(await world.queue.recover({ why: 'owner_ended', owners: ['dead'] })).toBe(1);
    expect(await world.queue.claim(ALL)).toMatchObject({ id, messageId: held?.messageId });
  });

  it('brings back a lapsed lease, and ignores what its old holder says afterwards', async () => {
    await world.add();
    const slow = world.queueOf('slow');
    const job = await slow.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.clock.advance(59_000);
    expect(await world.queue.recover({ why: 'lapsed' })).toBe(0);
    await slow.extendLeases([job.id]);
    await world.clock.advance(59_000);
    expect(await world.queue.recover({ why: 'lapsed' })).toBe(0);
    await world.clock.advance(2_000);
    expect(await world.queue.recover({ why: 'lapsed' })).toBe(1);
    expect(await slow.beginWrite(job)).toBe(false);
    await slow.complete(job, { kind: 'failed', reason: 'rejected_by_whatsapp' }, null);
    expect((await world.jobs.find(job.id))?.status).toBe('pending');
  });

  it('completes one job and claims the next in the same commit', async () => {
    await world.add('+201001234501');
    const second = await world.add('+201001234502');
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    const next = await world.queue.complete(job, { kind: 'accepted', at: world.clock.now() }, ALL);
    expect(next?.id).toBe(second);
    expect((await world.jobs.find(job.id))?.status).toBe('sent');
  });

  it('records receipts in any order and keeps the first time of each', async () => {
    const id = await world.add();
    const messageId = (await world.queue.claim(ALL))?.messageId ?? '';
    const at = world.clock.now();
    await recordReceipt(database.store, { messageId, kind: 'read', at: at + 3 }, true);
    await recordReceipt(database.store, { messageId, kind: 'accepted', at: at + 5 }, true);
    await recordReceipt(database.store, { messageId, kind: 'delivered', at: at + 9 }, true);
    expect(await world.jobs.find(id)).toMatchObject({
      status: 'sent',
      sentAt: at + 3,
      deliveredAt: at + 3,
      readAt: at + 3,
    });
    expect(await recordReceipt(database.store, { messageId: 'unknown', kind: 'read', at }, true)).toBe(false);
  });

  it('believes a receipt for a job that was given up', async () => {
    const id = await world.add();
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.queue.beginWrite(job);
    await world.clock.advance(TTL_MS + 1);
    await world.sweep.expire();
    expect(await world.jobs.find(id)).toMatchObject({ status: 'expired', error: { code: 'unconfirmed' } });
    await recordReceipt(
      database.store,
      {
        messageId: job.messageId,
        kind: 'delivered',
        at: world.clock.now(),
      },
      true,
    );
    expect(await world.jobs.find(id)).toMatchObject({ status: 'sent', error: null });
  });

  describe('of a message, to +52 1 55 1234 5678, whose account is +52 55 1234 5678', () => {
    const TYPED = '+5215512345678';
    const JID = '525512345678@s.whatsapp.net';
    const RECIPIENTS: [string, Reporter][] = [
      ['the number as it was typed', { address: '5215512345678@s.whatsapp.net', phone: TYPED }],
      ["the number in WhatsApp's spelling", { address: JID, phone: '+525512345678' }],
      ['the LID of the number', { address: '777@lid', phone: null }],
    ];
    const OTHERS: [string, Reporter][] = [
      ['another number', { address: '201009999999@s.whatsapp.net', phone: '+201009999999' }],
      ['another LID', { address: '778@lid', phone: null }],
      ['no address', { address: '', phone: null }],
    ];

    async function sentMessage() {
      const id = await world.add(TYPED);
      const { account } = await world.row(id);
      await database.store
        .insertInto('recipients')
        .values({ account, recipient: TYPED, jid: JID, lid: '777@lid', checked_at: world.clock.now() })
        .execute();
      const messageId = (await world.queue.claim(ALL))?.messageId ?? '';
      return { id, messageId };
    }

    it.each(RECIPIENTS)('%s may report, and ask for it again', async (_who, from) => {
      const { id, messageId } = await sentMessage();
      expect(await world.textOf(messageId, from)).toBe('Your code is 4711.');
      const at = world.clock.now();
      expect(await recordReceipt(database.store, { messageId, kind: 'read', at, from }, true)).toBe(true);
      expect(await world.jobs.find(id)).toMatchObject({ status: 'sent', deliveredAt: at, readAt: at });
    });

    it.each(OTHERS)('%s may not', async (_who, from) => {
      const { id, messageId } = await sentMessage();
      expect(await world.textOf(messageId, from)).toBeNull();
      for (const kind of ['accepted', 'delivered', 'read'] as const) {
        const receipt = { messageId, kind, at: world.clock.now(), from };
        expect(await recordReceipt(database.store, receipt, true)).toBe(false);
      }
      expect(await world.jobs.find(id)).toMatchObject({
        status: 'processing',
        deliveredAt: null,
        readAt: null,
      });
    });
  });

  it('serves only people within reach while the sender is restricted: to have written to them is not enough', async () => {
    await world.add('+201001234502');
    const messageId = (await world.queue.claim(ALL))?.messageId ?? '';
    await recordReceipt(database.store, { messageId, kind: 'accepted', at: world.clock.now() }, true);
    await reach(database.store, world.clock.now(), '+201001234501');
    const cold = await world.add('+201001234502');
    const warm = await world.add('+201001234501');
    expect((await world.queue.claim({ warmOnly: true, resends: true }))?.id).toBe(warm);
    expect(await world.queue.claim({ warmOnly: true, resends: true })).toBeNull();
    await world.waiting.failCold(world.clock.now() + 10_000);
    expect((await world.jobs.find(cold))?.status).toBe('pending');
    await world.waiting.failCold(null);
    expect(await world.jobs.find(cold)).toMatchObject({ error: { code: 'reach_out_restricted' } });
  });

  it('wipes the code, the text and the stored answer when the code expires', async () => {
    const id = await world.add('+201001234567', {
      idempotency: { id: 'key', requestHash: 'body', response: 'sealed' },
    });
    const messageId = (await world.queue.claim(ALL))?.messageId ?? '';
    expect(await world.textOf(messageId, null)).toBe('Your code is 4711.');
    await world.sweep.wipe();
    expect((await world.row(id)).body).not.toBeNull();
    await world.clock.advance(TTL_MS);
    expect(await world.textOf(messageId, null)).toBeNull();
    await world.sweep.wipe();
    const row = await world.row(id);
    expect(row.body).toBeNull();
    expect(row.code_hash).toBe(codeHash('4711'));
    expect(await database.store.selectFrom('idempotency_keys').selectAll().execute()).toEqual([]);
  });

  it('makes one job for one idempotency key, however many arrive together', async () => {
    const idempotency = { id: 'key', requestHash: 'body', response: 'sealed' };
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => world.add('+201001234567', { idempotency })),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const rows = await database.store.selectFrom('jobs').select('id').execute();
    expect(rows).toHaveLength(1);
  });

  it('retries a failed job as the same message, once however often it is asked', async () => {
    const id = await world.add();
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.queue.complete(job, { kind: 'failed', reason: 'rejected_by_whatsapp' }, null);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => world.jobs.retry(id)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    expect((await world.queue.claim(ALL))?.messageId).toBe(job.messageId);
  });

  it('does not begin to write a message that a newer one superseded during the preparation', async () => {
    await world.add();
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.add();
    expect(await world.queue.beginWrite(job)).toBe(false);
  });

  it('does not retry a code after a newer one for the same number', async () => {
    const id = await world.add();
    const job = await world.queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await world.queue.complete(job, { kind: 'failed', reason: 'rejected_by_whatsapp' }, null);
    await world.add();
    await expect(world.jobs.retry(id)).rejects.toThrow(/newer code/);
  });

  it('refuses to retry what cannot be retried, and says why', async () => {
    const id = await world.add();
    await expect(world.jobs.retry(id)).rejects.toMatchObject({ code: 'job_not_retryable' });
    await expect(world.jobs.retry(id + 1)).rejects.toMatchObject({ code: 'job_not_found' });
    await world.clock.advance(TTL_MS);
    await world.sweep.expire();
    await expect(world.jobs.retry(id)).rejects.toThrow(/expired/);
  });

  it('counts the jobs that wait', async () => {
    await world.add('+201001234501');
    await world.add('+201001234502');
    expect(await world.jobs.counts()).toEqual({
      pending: 2,
      processing: 0,
      sent: 0,
      failed: 0,
      expired: 0,
      canceled: 0,
    });
    expect(await world.waiting.count(false)).toBe(2);
  });

  it('fails a job whose body was sealed under another key instead of sending nonsense', async () => {
    await world.add();
    const stranger = world.queueOf('me', createSealer(OTHER_KEY, 'job-body'));
    expect((await stranger.claim(ALL))?.text).toBeNull();
  });
});
