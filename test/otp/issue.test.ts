import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import type { OutgoingMessage } from '../../src/channels/channel.js';
import { AppError } from '../../src/errors.js';
import type { CodeOrder } from '../../src/otp/issue.js';
import { until } from '../support/child.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { type Codes, createCodes, PHONE } from './codes.js';

const ADDRESS = 'someone@example.org';

describe.each(DATABASES)('an issued code on %s', (kind) => {
  let database: Database;
  let codes: Codes;
  let mails: OutgoingMessage[];

  const email = {
    async send(message: OutgoingMessage) {
      await message.beforeWrite();
      mails.push(message);
      return { acceptedAt: codes.clock.now() };
    },
    trouble: () => null,
    onTrouble: () => () => {},
    close() {},
  };

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    mails = [];
    codes = createCodes(database, { email });
  });
  afterEach(async () => {
    const stopped = codes.delivery.stop();
    await codes.clock.advance(10_000);
    await stopped;
    await database.close();
  });

  const issue = (change: Partial<CodeOrder> = {}) =>
    codes.issuer.issue({
      contact: { kind: 'phone', value: PHONE },
      purpose: 'phone-login',
      length: 6,
      ttlMs: 600_000,
      ...change,
    });
  /** Something that belongs to the code, by a name. */
  const note = (name: string) => (trx: Store) =>
    trx
      .insertInto('revoked_tokens')
      .values({ jti: name, expires_at: 1 })
      .execute()
      .then(() => {});
  const notes = async () =>
    (await database.store.selectFrom('revoked_tokens').select('jti').orderBy('jti').execute()).map(
      ({ jti }) => jti,
    );
  const jobs = async () => (await codes.rows()).jobs;

  it('goes to a phone over WhatsApp and to an address by e-mail', async () => {
    await codes.delivery.start();
    const phone = await issue();
    const address = await issue({ contact: { kind: 'email', value: ADDRESS } });
    expect((await jobs()).map((job) => [job.id, job.channel, job.recipient, job.account])).toEqual([
      [phone.jobId, 'whatsapp', PHONE, 'default'],
      [address.jobId, 'email', ADDRESS, 'default'],
    ]);
    const message = await until('the message', () => codes.sender.written[0]);
    expect(message).toMatchObject({ recipient: PHONE, text: `Your code is ${phone.otp}.` });
    const mail = await until('the mail', () => mails[0]);
    expect(mail).toMatchObject({ recipient: ADDRESS, text: `Your code is ${address.otp}.` });
    expect([phone.otp, address.otp].every((otp) => /^\d{6}$/.test(otp))).toBe(true);
    expect(phone.expiresAt).toBe(codes.clock.now() + 600_000);
  });

  it('is accepted by its own lifetime, whatever that of the gateway is', async () => {
    codes = createCodes(database, {
      otp: { ttlMs: 20_000 },
      delivery: { ttlMs: 20_000, maxWaitMs: Number.POSITIVE_INFINITY },
    });
    await codes.request();
    await expect(codes.request(null, { recipient: '+201001234568' })).rejects.toMatchObject({
      code: 'queue_full',
    });
    expect(await issue({ contact: { kind: 'phone', value: '+201001234569' } })).toMatchObject({
      estimatedDeliverySeconds: 13,
    });
  });

  it('needs no paired number for an address, and a mail server', async () => {
    codes.sender.set({ state: 'QR_REQUIRED', paired: false, need: 'pairing', openSince: null });
    await expect(issue()).rejects.toMatchObject({ code: 'sender_not_paired' });
    await issue({ contact: { kind: 'email', value: ADDRESS } });
    codes = createCodes(database);
    await expect(issue({ contact: { kind: 'email', value: ADDRESS } })).rejects.toMatchObject({
      code: 'email_unavailable',
      options: { retryAfterSeconds: 60 },
    });
  });

  it('is stored together with what belongs to it, which knows the code', async () => {
    let told: unknown[] = [];
    const issued = await issue({
      alongside: async (trx, code, expiresAt) => {
        told = [code, expiresAt];
        await note('mine')(trx);
      },
    });
    expect(told).toEqual([issued.otp, issued.expiresAt]);
    expect(await notes()).toEqual(['mine']);
    expect(await jobs()).toHaveLength(1);
  });

  it('is not stored when what belongs to it cannot be, and takes nobody else down with it', async () => {
    await note('taken')(database.store);
    const refusal = new AppError('phone_taken', 'Taken.');
    const results = await Promise.allSettled(
      [note('a'), note('taken'), note('b'), () => Promise.reject(refusal), note('c')].map((alongside, n) =>
        issue({ contact: { kind: 'phone', value: `+20100123456${n}` }, alongside }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(results[1]).toMatchObject({ reason: { code: 'store_unavailable' } });
    expect(results[3]).toMatchObject({ reason: refusal });
    expect(await notes()).toEqual(['a', 'b', 'c', 'taken']);
    expect((await jobs()).map(({ recipient }) => recipient)).toEqual(
      [0, 2, 4].map((n) => `+20100123456${n}`),
    );
    expect(codes.delivery.storeFailing()).toBe(false);
    // Nothing of the refused ones counts as waiting.
    expect(codes.delivery.projectedWaitMs()).toBe(3 * 13_000);
  });

  it('leaves nothing of what belongs to it when the store fails', async () => {
    const repair = await codes.breakStore();
    await expect(issue({ alongside: note('mine') })).rejects.toMatchObject({ code: 'store_unavailable' });
    await repair();
    expect(await notes()).toEqual([]);
    expect(codes.delivery.projectedWaitMs()).toBe(0);
  });

  it('takes the place of one that waits for the same contact and purpose', async () => {
    const first = await issue();
    const other = await issue({ purpose: 'whatsapp-login' });
    const second = await issue();
    const status = new Map((await jobs()).map((job) => [job.id, job.error_code ?? job.status]));
    expect([first, other, second].map(({ jobId }) => status.get(jobId))).toEqual([
      'superseded',
      'pending',
      'pending',
    ]);
  });

  it('that is silent does everything but send', async () => {
    await codes.delivery.start();
    const waitMs = codes.delivery.projectedWaitMs();
    const silent = await issue({ silent: true, alongside: note('mine') });
    expect(silent).toMatchObject({
      otp: expect.stringMatching(/^\d{6}$/),
      jobId: 0,
      expiresAt: codes.clock.now() + 600_000,
      estimatedDeliverySeconds: 1,
    });
    expect(await notes()).toEqual(['mine']);
    expect(await jobs()).toEqual([]);
    expect(codes.delivery.projectedWaitMs()).toBe(waitMs);
    await codes.clock.advance(30_000);
    expect(codes.sender.written).toEqual([]);
  });

  it('that is silent leaves a waiting one alone, also in the same commit', async () => {
    const real = await issue();
    await Promise.all([issue({ silent: true }), issue({ silent: true })]);
    const [job, ...others] = await jobs();
    expect(job).toMatchObject({ id: real.jobId, status: 'pending', overtaken_at: null });
    expect(others).toEqual([]);
    const both = await Promise.all([issue(), issue({ silent: true })]);
    expect((await jobs()).at(-1)).toMatchObject({ id: both[0].jobId, status: 'pending' });
  });

  it('that is silent does not tell by a restriction that the number was never written to', async () => {
    codes.sender.set({ state: 'RESTRICTED', restrictedUntil: codes.clock.now() + 3_600_000 });
    await expect(issue()).rejects.toMatchObject({ code: 'sender_restricted' });
    expect(await issue({ silent: true })).toMatchObject({ jobId: 0, estimatedDeliverySeconds: 1 });
  });

  it('that is silent is refused like any other when nothing can go out', async () => {
    codes.sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
    await expect(issue({ silent: true })).rejects.toMatchObject({ code: 'sender_logged_out' });
  });
});
