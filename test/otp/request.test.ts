import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { type Codes, createCodes, PHONE, TTL_MS } from './codes.js';

const OTHER_PHONE = '+201001234568';
const UNAVAILABLE = 'Service temporarily unavailable due to a queueing issue. Please try again shortly.';

describe.each(DATABASES)('a requested code on %s', (kind) => {
  let database: Database;
  let codes: Codes;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    codes = createCodes(database);
  });
  afterEach(async () => {
    await codes.stop();
    await database.close();
  });

  it.each([4, 8])('has %i digits when it is set so, and is what the handset gets', async (length) => {
    codes = createCodes(database, {
      otp: { length, messageTemplate: '{{code}} is yours for {{minutes}} min; {{code}}.' },
    });
    await codes.delivery.start();
    const { otp } = await codes.request();
    expect(otp).toMatch(length === 4 ? /^\d{4}$/ : /^\d{8}$/);
    const message = await until('the message', () => codes.sender.written[0]);
    expect(message).toMatchObject({ recipient: PHONE, text: `${otp} is yours for 5 min; ${otp}.` });
  });

  it('lives as long as it is said to, and tells how long the message will take', async () => {
    const first = await codes.request();
    expect(first).toMatchObject({ expiresAt: codes.clock.now() + TTL_MS, estimatedDeliverySeconds: 1 });
    const second = await codes.request(null, { recipient: OTHER_PHONE });
    expect(second.estimatedDeliverySeconds).toBe(13);
    const { jobs } = await codes.rows();
    expect(jobs.map(({ id, expires_at }) => ({ id, expires_at }))).toEqual([
      { id: first.jobId, expires_at: first.expiresAt },
      { id: second.jobId, expires_at: second.expiresAt },
    ]);
  });

  it('comes again for the same key, with everything the first answer said, and no second job', async () => {
    const first = await codes.request('key-1');
    await codes.request(null, { recipient: OTHER_PHONE });
    await codes.clock.advance(60_000);
    expect(await codes.request('key-1')).toEqual(first);
    expect((await codes.rows()).jobs).toHaveLength(2);
  });

  it('comes again for the same key after a restart, even with a sender that takes nothing', async () => {
    const first = await codes.request('key-1');
    const restarted = createCodes(database, { clock: codes.clock });
    restarted.sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
    expect(await restarted.request('key-1')).toEqual(first);
    expect((await codes.rows()).jobs).toHaveLength(1);
  });

  it('is refused for a key that another request body has used', async () => {
    const first = await codes.request('key-1');
    await expect(codes.request('key-1', { recipient: OTHER_PHONE })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await codes.request('key-1')).toEqual(first);
    expect((await codes.rows()).jobs).toHaveLength(1);
  });

  it('is counted when it is made, not when the first answer comes again or is refused', async () => {
    let count = 0;
    const admit = async () => {
      count++;
      return async () => void count--;
    };
    await codes.request('key-1', { admit });
    await codes.request('key-1', { admit });
    await expect(codes.request('key-1', { recipient: OTHER_PHONE, admit })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(count).toBe(1);
    await codes.request(null, { admit });
    expect(count).toBe(2);
  });

  it('is not counted when it cannot be stored; the caller learns why even if the count stays', async () => {
    let count = 0;
    const repair = await codes.breakStore();
    const admit = async () => {
      count++;
      return async () => {
        count--;
        throw new Error('the count stays');
      };
    };
    for (const key of [null, 'key-1']) {
      await expect(codes.request(key, { admit })).rejects.toMatchObject({ code: 'store_unavailable' });
    }
    expect(count).toBe(0);
    await repair();
  });

  it('is refused for a key whose first request is still in flight', async () => {
    const answers = await Promise.allSettled([
      codes.request('key-1'),
      codes.request('key-1'),
      codes.request('key-1', { recipient: OTHER_PHONE }),
    ]);
    expect(answers).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'idempotency_key_in_flight' } },
      { status: 'rejected', reason: { code: 'idempotency_key_reused' } },
    ]);
    expect((await codes.rows()).jobs).toHaveLength(1);
  });

  it('is made once when two processes get the same key at the same time', async () => {
    const other = createCodes(database, { clock: codes.clock });
    const answers = await Promise.allSettled([codes.request('key-1'), other.request('key-1')]);
    const made = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    // The later one sees the answer of the first, or that it is not the first.
    expect(made).not.toHaveLength(0);
    for (const answer of made) expect(answer).toEqual(made[0]);
    for (const error of refused) expect(error).toMatchObject({ code: 'idempotency_key_in_flight' });
    expect(await other.request('key-1')).toEqual(made[0]);
    expect((await codes.rows()).jobs).toHaveLength(1);
  });

  it('has nothing to do with the same key of another caller', async () => {
    const mine = await codes.request('key-1');
    const theirs = await codes.request('key-1', { caller: 'key:2', recipient: OTHER_PHONE });
    expect(theirs.jobId).not.toBe(mine.jobId);
    expect((await codes.rows()).keys).toHaveLength(2);
  });

  it('frees its key when it expires, swept or not', async () => {
    const first = await codes.request('key-1');
    await codes.clock.advance(TTL_MS - 1);
    expect(await codes.request('key-1')).toEqual(first);
    await codes.clock.advance(1);
    const next = await codes.request('key-1', { recipient: OTHER_PHONE });
    expect(next.jobId).not.toBe(first.jobId);
    expect(next.expiresAt).toBe(codes.clock.now() + TTL_MS);
  });

  it('leaves nothing behind when it is refused, and its key can be used afterwards', async () => {
    codes.sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
    await expect(codes.request('key-1')).rejects.toMatchObject({
      code: 'sender_logged_out',
      message: UNAVAILABLE,
      options: { retryAfterSeconds: 60 },
    });
    expect(await codes.rows()).toEqual({ jobs: [], keys: [] });
    codes.sender.set({ state: 'READY', need: null, openSince: codes.clock.now() });
    expect(await codes.request('key-1', { recipient: OTHER_PHONE })).toMatchObject({
      otp: expect.stringMatching(/^\d{4}$/),
    });
  });

  it('is refused with a time to come back when the store cannot take it, key and all', async () => {
    const repair = await codes.breakStore();
    const refused = await codes.request('key-1').catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'store_unavailable',
      message: UNAVAILABLE,
      options: { retryAfterSeconds: 5 },
    });
    expect(codes.readiness.check()).toMatchObject({ ready: false, code: 'store_unavailable' });
    await repair();
    expect(await codes.rows()).toEqual({ jobs: [], keys: [] });
    const { estimatedDeliverySeconds } = await codes.request('key-1', { recipient: OTHER_PHONE });
    expect(estimatedDeliverySeconds).toBe(1);
    expect(codes.readiness.check()).toMatchObject({ ready: true });
  });

  it('is refused in the same way when the store cannot even be asked about the key', async () => {
    await database.close();
    await expect(codes.request('key-1')).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(codes.request()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('does not lie in the clear anywhere in the row of its key', async () => {
    codes = createCodes(database, { otp: { length: 8 } });
    const { otp } = await codes.request('a-key-of-a-caller');
    const { keys } = await codes.rows();
    const row = JSON.stringify(keys);
    for (const secret of [otp, PHONE, PHONE.slice(1), 'a-key-of-a-caller', 'api-key-1']) {
      expect(row).not.toContain(secret);
      expect(row).not.toContain(Buffer.from(secret).toString('base64').slice(0, 8));
      expect(row).not.toContain(Buffer.from(secret).toString('hex'));
    }
    expect(keys).toHaveLength(1);
  });
});
