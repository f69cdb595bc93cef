import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import { ChannelError } from '../../../src/channels/channel.js';
import type { CodeOrder } from '../../../src/otp/issue.js';
import { cleanUpCodes, KEPT_MS } from '../../../src/otp/verifications/code-rows.js';
import { restOf } from '../../support/at-rest.js';
import { createTestClock, type TestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { createScriptedChannel, type ScriptedChannel } from '../../support/scripted-channel.js';
import { type Codes, createCodes } from '../codes.js';

const PACE = { minSendDelayMs: 0, maxSendDelayMs: 0 };
const ROUTE = ['whatsapp', 'sms'];
const BANNED = { state: 'BANNED', need: 'banned', openSince: null } as const;

let database: Database;
let atRest: () => Promise<void>;
let clock: TestClock;
let sms: ScriptedChannel;
let codes: Codes;
let open: Codes[];
let phone: string;
let phones = 0;

/** A process over the same database. */
async function openProcess(): Promise<Codes> {
  const opened = createCodes(database, {
    clock,
    delivery: PACE,
    channels: (whatsapp, email) => [whatsapp, sms.channel, email],
    route: { route: ROUTE },
    countries: ['EG'],
    coldPerDay: 10_000,
  });
  await opened.delivery.start();
  opened.routing.start();
  open.push(opened);
  return opened;
}

async function close(process: Codes): Promise<void> {
  open = open.filter((each) => each !== process);
  await process.routing.stop();
  await process.stop();
}

const ask = (change: Partial<CodeOrder> = {}) =>
  codes.issuer.issue({
    caller: 'key:1',
    contact: { kind: 'phone', value: phone },
    purpose: 'gateway',
    length: 6,
    ttlMs: 300_000,
    silent: false,
    ...change,
  });

/** A code of a contract, for this challenge. */
async function challenge(id: string): Promise<string> {
  const order = {
    caller: 'contract:phone',
    purpose: 'phone-login',
    length: 6,
    ttlMs: 300_000,
    silent: false,
  };
  const to = { kind: 'phone' as const, value: phone };
  const reserved = await codes.issuer.reserve({ ...order, contact: to, door: 'sign-in' });
  const joined = await database.store.transaction().execute((trx) => reserved.enqueueIn(trx, id));
  joined.committed();
  reserved.release();
  await settle();
  return reserved.otp;
}

/** Long enough for all that happens at once. */
const settle = () => clock.advance(600);

async function rows() {
  const code = await database.store
    .selectFrom('codes')
    .selectAll()
    .where('contact', '=', phone)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .executeTakeFirstOrThrow();
  const jobs = await database.store
    .selectFrom('jobs')
    .selectAll()
    .where('recipient', '=', phone)
    .orderBy('id')
    .execute();
  const attempts = (await codes.routing.attemptsOf([code.id])).get(code.id) ?? [];
  return {
    code,
    jobs,
    attempts,
    story: attempts.map(({ channel, error }) => [channel, error?.code ?? null]),
  };
}

const toPhone = (written: { recipient: string }[]) =>
  written.filter(({ recipient }) => recipient === phone).length;
const sent = () => [toPhone(codes.sender.written), toPhone(sms.written)];

function reject(failure: 'not_on_whatsapp' | 'reach_out_restricted') {
  codes.sender.answer = () => Promise.reject(new ChannelError('reject', failure, 'No.', false));
}

async function report(kind: 'delivered' | 'read') {
  const [job] = (await rows()).jobs;
  codes.sender.report({ messageId: job?.message_id ?? '', kind, at: clock.now() });
  await settle();
}

/** The provider says that its last message did not arrive. */
async function failSms() {
  const messageId = sms.written.at(-1)?.messageId ?? '';
  sms.report({ messageId, kind: 'failed', reason: 'UNDELIV', final: true, at: clock.now() });
  await settle();
}

describe.each(DATABASES)('a code with a route on %s', (kind) => {
  beforeAll(async () => {
    database = await openTestDatabase(kind);
    atRest = restOf(database.store);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    clock = createTestClock(Date.parse('2026-01-01T00:00:00Z') + phones * 3_600_000, atRest);
    phone = `+2010011${String(10_000 + phones++)}`;
    sms = createScriptedChannel(clock);
    open = [];
    codes = await openProcess();
  });
  afterEach(async () => {
    for (const process of open) await close(process);
  });

  it('goes on at once when the first channel cannot take it, and says why', async () => {
    codes.sender.set(BANNED);
    const { otp } = await ask();
    await settle();
    expect(sent()).toEqual([0, 1]);
    expect(sms.written[0]?.text).toContain(otp);
    expect((await rows()).story).toEqual([
      ['whatsapp', 'sender_banned'],
      ['sms', null],
    ]);
  });

  it('goes on at once after a final failure, with the same code', async () => {
    reject('not_on_whatsapp');
    const { otp, jobId } = await ask();
    await settle();
    expect(sent()).toEqual([1, 1]);
    expect([codes.sender.written.at(-1)?.text, sms.written[0]?.text]).toEqual([
      expect.stringContaining(otp),
      expect.stringContaining(otp),
    ]);
    const { code, story, jobs } = await rows();
    expect(story).toEqual([
      ['whatsapp', 'not_on_whatsapp'],
      ['sms', null],
    ]);
    expect(code).toMatchObject({ step: 1, status: 'pending', next_step_at: null });
    expect(jobs[0]?.id).toBe(jobId);
  });

  it('begins elsewhere when message after message to this person has not arrived', async () => {
    await database.store
      .insertInto('recipients')
      .values({ account: 'default', recipient: phone, silent_at: clock.now() })
      .execute();
    await ask();
    await settle();
    expect(sent()).toEqual([0, 1]);
    expect((await rows()).story[0]).toEqual(['whatsapp', 'recipient_silent']);
    await ask({ route: ['whatsapp'] });
    await settle();
    expect(sent()).toEqual([1, 1]);
  });

  it('takes the channel that our caution passed over, once, when every other has failed', async () => {
    await database.store
      .insertInto('recipients')
      .values({ account: 'default', recipient: phone, silent_at: clock.now() })
      .execute();
    const { otp, jobId } = await ask();
    await clock.advance(30_000);
    expect(sent()).toEqual([0, 1]);
    await failSms();
    expect(sent()).toEqual([1, 1]);
    expect(codes.sender.written.at(-1)?.text).toContain(otp);
    expect((await rows()).story).toEqual([
      ['whatsapp', 'recipient_silent'],
      ['sms', 'provider_failed'],
      ['whatsapp', null],
    ]);
    const job = await codes.delivery.jobs.find(jobId);
    expect(job && (await codes.routing.storyOf(job)).status).toBe('sent');
    await clock.advance(120_000);
    expect(sent()).toEqual([1, 1]);
    expect((await rows()).code.may_follow_until).toBeNull();
  });

  it('tries that channel once more and has failed when it is shut for good', async () => {
    await database.store
      .insertInto('recipients')
      .values({ account: 'default', recipient: phone, silent_at: clock.now() })
      .execute();
    const { jobId } = await ask();
    await settle();
    codes.sender.set(BANNED);
    await failSms();
    expect((await rows()).story).toEqual([
      ['whatsapp', 'recipient_silent'],
      ['sms', 'provider_failed'],
      ['whatsapp', 'sender_banned'],
    ]);
    const job = await codes.delivery.jobs.find(jobId);
    expect(job && (await codes.routing.storyOf(job)).status).toBe('failed');
  });

  it('waits 25 s for WhatsApp, counted from the beginning of the step, and no longer', async () => {
    await ask();
    const began = clock.now();
    await settle();
    expect((await rows()).code.next_step_at).toBe(began + 25_000);
    await clock.advance(24_000);
    expect(sent()).toEqual([1, 0]);
    await clock.advance(1_000);
    expect(sent()).toEqual([1, 1]);
    expect((await rows()).code.next_step_at).toBeNull();
  });

  it.each(['delivered', 'read'] as const)('ends its way when the first message was %s', async (receipt) => {
    await ask();
    await settle();
    await report(receipt);
    expect((await rows()).code.next_step_at).toBeNull();
    await clock.advance(120_000);
    expect(sent()).toEqual([1, 0]);
  });

  it('withdraws what was not written yet when the next step begins', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    await ask();
    await clock.advance(26_000);
    expect(sent()).toEqual([0, 1]);
    expect((await rows()).jobs[0]).toMatchObject({ status: 'failed', error_code: 'withdrawn', body: null });
    codes.sender.set({ state: 'READY', openSince: clock.now() });
    await clock.advance(30_000);
    expect(sent()).toEqual([0, 1]);
  });

  it('is canceled as a whole: what waits, and the steps to come', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    const { jobId } = await ask();
    expect(await codes.routing.cancel(jobId)).toBe(true);
    expect(await codes.routing.cancel(jobId)).toBe(false);
    codes.sender.set({ state: 'READY', openSince: clock.now() });
    await clock.advance(120_000);
    expect(sent()).toEqual([0, 0]);
    const { code, jobs } = await rows();
    expect(code).toMatchObject({ status: 'canceled', code: null });
    expect(jobs).toMatchObject([{ status: 'failed', error_code: 'canceled', body: null }]);
    const job = await codes.delivery.jobs.find(jobId);
    if (!job) throw new Error('no job');
    expect(job).toMatchObject({ status: 'canceled', retry: 'ended' });
    expect(await codes.routing.storyOf(job)).toMatchObject({
      status: 'canceled',
      error: { code: 'canceled' },
      attempts: [{ jobId, status: 'canceled' }],
    });
  });

  it('that is out is canceled while a step is to come, and stays sent', async () => {
    const { jobId } = await ask();
    await settle();
    expect(sent()).toEqual([1, 0]);
    expect(await codes.routing.cancel(jobId)).toBe(true);
    await clock.advance(120_000);
    expect(sent()).toEqual([1, 0]);
    expect((await rows()).jobs).toMatchObject([{ status: 'sent', error_code: null }]);
    expect(await codes.routing.cancel(jobId)).toBe(false);
  });

  it('that has arrived, or has no step left, is not canceled and does not change', async () => {
    const arrived = await ask();
    await settle();
    await report('delivered');
    expect(await codes.routing.cancel(arrived.jobId)).toBe(false);
    expect((await rows()).code.status).toBe('pending');
    phone = `+2010013${String(10_000 + phones++)}`;
    const single = await ask({ route: ['whatsapp'] });
    await settle();
    expect(await codes.routing.cancel(single.jobId)).toBe(false);
    expect(await codes.delivery.jobs.find(single.jobId)).toMatchObject({ status: 'sent' });
  });

  it('that is being prepared is canceled, and is not written', async () => {
    const { send } = codes.sender;
    let prepared = () => {};
    const preparing = new Promise<void>((resolve) => {
      prepared = resolve;
    });
    codes.sender.send = async (message) => {
      await preparing;
      return await send(message);
    };
    const { jobId } = await ask({ route: ['whatsapp'] });
    await settle();
    expect(await codes.delivery.jobs.find(jobId)).toMatchObject({ status: 'processing' });
    expect(await codes.routing.cancel(jobId)).toBe(true);
    expect(await codes.delivery.jobs.find(jobId)).toMatchObject({ status: 'canceled' });
    prepared();
    await settle();
    expect(sent()).toEqual([0, 0]);
    expect(await codes.delivery.jobs.find(jobId)).toMatchObject({ status: 'canceled' });
  });

  it('does not wait for a sender that is banned before it has written', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    await ask();
    await clock.advance(3_000);
    codes.sender.set(BANNED);
    await clock.advance(2_500);
    expect(sent()).toEqual([0, 1]);
  });

  it('begins nothing within the last part of its life', async () => {
    await ask({ ttlMs: 60_000, route: ['sms', 'whatsapp'] });
    await settle();
    expect((await rows()).code.next_step_at).toBeNull();
    await clock.advance(59_000);
    expect(sent()).toEqual([0, 1]);
  });

  it('stays on its last channel, and has failed when that has', async () => {
    reject('not_on_whatsapp');
    sms.rejects = ['not_on_whatsapp'];
    const { jobId } = await ask();
    await settle();
    const job = await codes.delivery.jobs.find(jobId);
    if (!job) throw new Error('no job');
    const story = await codes.routing.storyOf(job);
    expect(story).toMatchObject({ status: 'failed', error: { code: 'not_on_whatsapp' } });
    expect(story.attempts).toHaveLength(2);
    expect((await rows()).code.status).toBe('pending');
  });

  it('is told by its messages once its row is gone', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    const { jobId } = await ask();
    await clock.advance(30_000);
    const before = await rows();
    await clock.advance(300_000);
    await cleanUpCodes(database.store, clock.now() + KEPT_MS);
    const job = await codes.delivery.jobs.find(jobId);
    if (!job) throw new Error('no job');
    expect(job).toMatchObject({ status: 'failed', error: { code: 'withdrawn' } });
    const story = await codes.routing.storyOf(job);
    expect(story).toMatchObject({ status: 'sent', error: null, sentAt: before.jobs[1]?.sent_at });
    const ofMessage = ({ jobId: id, channel }: { jobId: number | null; channel: string }) => [id, channel];
    expect(story.attempts.map(ofMessage)).toEqual(before.attempts.map(ofMessage));
  });

  it('has a sentence for each error of a step', async () => {
    await ask();
    const { code } = await rows();
    await clock.advance(30_000);
    const errors = ['used_already', 'withdrawn', 'recipient_silent', 'blocked_prefix'];
    const steps = errors.map((error, index) => ({
      id: `${code.id}/${index + 10}`,
      code_id: code.id,
      place: index + 10,
      channel: 'sms',
      cause: 'step' as const,
      job_id: null,
      at: clock.now(),
      error,
    }));
    await database.store.insertInto('code_attempts').values(steps).execute();
    const { attempts } = await rows();
    const sentences = attempts.flatMap(({ error }) => error?.message ?? []);
    expect(sentences).toHaveLength(4);
    expect(sentences).not.toContain('The channel did not take the code.');
  });

  it('has not failed while a step is left', async () => {
    const { jobId } = await ask();
    await settle();
    reject('not_on_whatsapp');
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    const job = await codes.delivery.jobs.find(jobId);
    expect(job && (await codes.routing.storyOf(job)).status).toBe('sent');
  });

  it('goes on after a restart, and no channel is used twice', async () => {
    await ask();
    await clock.advance(10_000);
    await close(codes);
    codes = await openProcess();
    await clock.advance(20_000);
    expect(toPhone(sms.written)).toBe(1);
    expect((await rows()).story).toEqual([
      ['whatsapp', null],
      ['sms', null],
    ]);
  });

  it('is moved by one of several processes', async () => {
    const others = [await openProcess(), await openProcess()];
    await ask();
    await clock.advance(30_000);
    expect(toPhone(sms.written)).toBe(1);
    const { attempts } = await rows();
    expect(attempts).toHaveLength(2);
    for (const each of others) await close(each);
  });

  it('ends when a newer code takes its place, with a route or without', async () => {
    await ask();
    await settle();
    await ask({ route: ['whatsapp'] });
    await clock.advance(120_000);
    expect(sent()).toEqual([2, 0]);
    await ask();
    const older = (await rows()).code.id;
    const newer = await ask();
    await clock.advance(120_000);
    expect(sms.written.filter(({ recipient }) => recipient === phone).map(({ text }) => text)).toEqual([
      expect.stringContaining(newer.otp),
    ]);
    const row = await database.store
      .selectFrom('codes')
      .select(['status', 'code'])
      .where('id', '=', older)
      .executeTakeFirst();
    expect(row).toEqual({ status: 'canceled', code: null });
  });

  it('is refused when no channel takes it, with the reason of the first', async () => {
    codes.sender.set(BANNED);
    sms.refuses.set(phone, { code: 'email_unavailable', retryAfterSeconds: 9 });
    await expect(ask()).rejects.toMatchObject({ code: 'sender_banned' });
    expect(
      await database.store.selectFrom('codes').select('id').where('contact', '=', phone).execute(),
    ).toEqual([]);
  });

  it('of a contract ends with the next one of its challenge, and with the right answer', async () => {
    await challenge('one');
    const second = await challenge('one');
    const other = await challenge('two');
    const third = await challenge('three');
    await database.store.transaction().execute((trx) => codes.issuer.answered(trx, 'three'));
    await clock.advance(60_000);
    const texts = sms.written.filter(({ recipient }) => recipient === phone).map(({ text }) => text);
    expect(texts).toEqual([expect.stringContaining(second), expect.stringContaining(other)]);
    expect(texts.join()).not.toContain(third);
    const rows = await database.store
      .selectFrom('codes')
      .select('status')
      .where('contact', '=', phone)
      .execute();
    expect(rows.map(({ status }) => status).sort()).toEqual(['approved', 'canceled', 'pending', 'pending']);
  });

  it('has one job for one idempotency key', async () => {
    const wish = { route: ROUTE };
    const first = await codes.request('key-of-a-route', { recipient: phone, wish });
    expect(await codes.request('key-of-a-route', { recipient: phone, wish })).toEqual(first);
    await expect(codes.request('key-of-a-route', { recipient: phone })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect((await rows()).jobs).toHaveLength(1);
  });

  it('that is silent leaves the same rows and no message', async () => {
    expect((await ask({ silent: true })).jobId).toBe(0);
    await clock.advance(60_000);
    expect(sent()).toEqual([0, 0]);
    expect((await rows()).code).toMatchObject({ status: 'canceled', code: null, next_step_at: null });
  });

  it('is sent again: what waits goes, what was sent goes once more, and a later channel becomes the step', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    await ask();
    const { code } = await rows();
    const waiting = await codes.routing.resend(code.id);
    codes.sender.set({ state: 'READY', openSince: clock.now() });
    await clock.advance(6_000);
    expect(sent()).toEqual([1, 0]);
    const again = await codes.routing.resend(code.id);
    await settle();
    expect(sent()).toEqual([2, 0]);
    expect([waiting.kind, again.kind]).toEqual(['sent', 'sent']);
    await codes.routing.resend(code.id, 'sms');
    await clock.advance(120_000);
    expect(sent()).toEqual([2, 1]);
    const { attempts } = await rows();
    expect(attempts.map(({ channel, cause }) => [channel, cause])).toEqual([
      ['whatsapp', 'start'],
      ['whatsapp', 'resend'],
      ['whatsapp', 'resend'],
      ['sms', 'resend'],
    ]);
    expect(attempts[0]?.jobId).toBe(attempts[1]?.jobId);
    expect(new Set(attempts.map(({ jobId }) => jobId)).size).toBe(3);
  });

  it('answers somebody who wrote before all that wait, once', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    const other = phone;
    await ask();
    phone = `+2010012${String(10_000 + phones++)}`;
    sms.refuses.set(phone, { code: 'email_unavailable', retryAfterSeconds: 9 });
    await ask({ route: ['sms', 'whatsapp'] });
    const { code } = await rows();
    const replies = await Promise.all(Array.from({ length: 5 }, () => codes.routing.replyTo(code.id)));
    expect(replies.map(({ kind }) => kind)).toEqual(Array(5).fill('sent'));
    codes.sender.set({ state: 'READY', openSince: clock.now() });
    await clock.advance(6_000);
    expect(codes.sender.written.slice(-2).map(({ recipient }) => recipient)).toEqual([phone, other]);
    expect(toPhone(codes.sender.written)).toBe(1);
  });

  it('that has ended is not sent again, and what waits is withdrawn', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    await ask();
    const { code } = await rows();
    const { store } = database;
    await store.transaction().execute(async (trx) => {
      await trx.updateTable('codes').set({ status: 'approved' }).where('id', '=', code.id).execute();
      await codes.routing.withdrawIn(trx, code.id);
    });
    codes.sender.set({ state: 'READY', openSince: clock.now() });
    await clock.advance(120_000);
    expect(sent()).toEqual([0, 0]);
    expect(await codes.routing.resend(code.id)).toEqual({ kind: 'over' });
    expect(await codes.routing.replyTo(code.id)).toEqual({ kind: 'over' });
  });

  it('is in none of its failed messages any more once it has ended', async () => {
    reject('not_on_whatsapp');
    await ask();
    await settle();
    const { code, jobs } = await rows();
    expect(jobs[0]).toMatchObject({ status: 'failed', body: expect.any(String) });
    await database.store.transaction().execute((trx) => codes.routing.withdrawIn(trx, code.id));
    const after = (await rows()).jobs;
    expect(after.map(({ status, body }) => [status, body === null])).toEqual([
      ['failed', true],
      ['sent', false],
    ]);
  });

  it('of a minute goes out while a tenth of it is left, and not after', async () => {
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    await ask({ ttlMs: 60_000, route: ['whatsapp'] });
    await clock.advance(53_000);
    codes.sender.set({ state: 'READY', openSince: clock.now() });
    await settle();
    expect(sent()).toEqual([1, 0]);
    codes.sender.set({ state: 'DISCONNECTED', openSince: null, failedAttempts: 1 });
    await ask({ ttlMs: 60_000, route: ['whatsapp'] });
    await clock.advance(54_500);
    codes.sender.set({ state: 'READY', openSince: clock.now() });
    await settle();
    expect(sent()).toEqual([1, 0]);
  });

  it('costs no row when it has one channel', async () => {
    await ask({ route: ['whatsapp'] });
    await settle();
    expect(
      await database.store.selectFrom('codes').select('id').where('contact', '=', phone).execute(),
    ).toEqual([]);
    const [job] = await database.store
      .selectFrom('jobs')
      .select('code_id')
      .where('recipient', '=', phone)
      .execute();
    expect(job?.code_id).toBeNull();
  });
});
