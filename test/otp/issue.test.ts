import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import type { OutgoingMessage } from '../../src/channels/channel.js';
import { AppError } from '../../src/errors.js';
import type { CodeOrder } from '../../src/otp/issue.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { type Codes, createCodes, PHONE } from './codes.js';

const ADDRESS = 'someone@example.org';

describe.each(DATABASES)('an issued code on %s', (kind) => {
  let database: Database;
  let codes: Codes;
  let mails: OutgoingMessage[];

  const mail = {
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
    codes = createCodes(database, { mail });
  });
  afterEach(async () => {
    await codes.stop();
    await database.close();
  });

  const issue = (change: Partial<CodeOrder> = {}) => codes.issuer.issue(orderOf(change));
  /** A code that is stored in one transaction with what belongs to it. */
  async function issueWith(store: (trx: Store) => Promise<unknown>, change: Partial<CodeOrder> = {}) {
    const code = await codes.issuer.reserve(orderOf(change));
    try {
      const message = await database.store.transaction().execute(async (trx) => {
        await store(trx);
        return await code.enqueueIn(trx);
      });
      message.committed();
      return { ...code, jobId: message.jobId };
    } finally {
      code.release();
    }
  }
  /** Something that belongs to the code, by a name. */
  const note = (name: string) => (trx: Store) =>
    trx.insertInto('revoked_tokens').values({ jti: name, expires_at: 1 }).execute();
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

  it('is sent in the language that was asked for, the code first', async () => {
    await codes.delivery.start();
    const { otp } = await issue({ locale: 'es-MX' });
    const message = await until('the message', () => codes.sender.written[0]);
    expect(message?.text).toMatch(
      new RegExp(`^${otp} es tu código de verificación\\. Válido por 10 minutos\\.`),
    );
    const issued = await issue({ locale: 'ar', contact: { kind: 'email', value: ADDRESS } });
    const mail = await until('the mail', () => mails[0]);
    expect(mail).toMatchObject({
      subject: 'رمز التحقق الخاص بك',
      text: expect.stringMatching(new RegExp(`^${issued.otp} هو رمز`)),
    });
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

  it('is stored together with what belongs to it', async () => {
    const issued = await issueWith(note('mine'));
    expect(await notes()).toEqual(['mine']);
    expect(await jobs()).toMatchObject([{ id: issued.jobId, status: 'pending', caller: 'contract:phone' }]);
    expect(codes.delivery.projectedWaitMs()).toBe(13_000);
  });

  it('is not stored when what belongs to it cannot be, and takes nobody else down with it', async () => {
    await note('taken')(database.store);
    const refusal = new AppError('phone_taken', 'Taken.');
    const results = await Promise.allSettled(
      [note('a'), note('taken'), note('b'), () => Promise.reject(refusal), note('c')].map((store, n) =>
        issueWith(store, { contact: { kind: 'phone', value: `+20100123456${n}` } }),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(results[3]).toMatchObject({ reason: refusal });
    expect(await notes()).toEqual(['a', 'b', 'c', 'taken']);
    expect((await jobs()).map(({ recipient }) => recipient).sort()).toEqual(
      [0, 2, 4].map((n) => `+20100123456${n}`),
    );
    expect(codes.delivery.storeFailing()).toBe(false);
    // Nothing of the refused ones counts as waiting.
    expect(codes.delivery.projectedWaitMs()).toBe(3 * 13_000);
  });

  it('leaves nothing of what belongs to it when the store fails', async () => {
    const repair = await codes.breakStore();
    await expect(issueWith(note('mine'))).rejects.toThrow();
    expect(codes.delivery.storeFailing()).toBe(true);
    await repair();
    expect(await notes()).toEqual([]);
    expect(codes.delivery.projectedWaitMs()).toBe(0);
  });

  it('that comes to nothing after it was stored in a transaction leaves no trace, and no place taken', async () => {
    const code = await codes.issuer.reserve(orderOf());
    const undone = database.store.transaction().execute(async (trx) => {
      await code.enqueueIn(trx);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(codes.delivery.projectedWaitMs()).toBe(13_000);
    code.release();
    code.release();
    expect(codes.delivery.projectedWaitMs()).toBe(0);
    expect(await jobs()).toEqual([]);
    // What the transaction made besides is made again.
    await issue();
    const { message_shape } = (await jobs())[0] ?? {};
    expect(await database.store.selectFrom('message_shapes').select('id').execute()).toEqual([
      { id: message_shape },
    ]);
  });

  it('may be asked for in a transaction and in a shared commit at the same time', async () => {
    const contacts = Array.from({ length: 12 }, (_, n) => ({
      contact: { kind: 'phone' as const, value: `+2010012345${10 + n}` },
    }));
    await Promise.all(
      contacts.map((to, n) => (n % 2 === 0 ? issue(to) : issueWith(note(`note ${10 + n}`), to))),
    );
    expect(await jobs()).toHaveLength(12);
    expect(await notes()).toHaveLength(6);
    expect(codes.delivery.projectedWaitMs()).toBe(12 * 13_000);
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
    const silent = await issue({ silent: true });
    expect(silent).toMatchObject({
      otp: expect.stringMatching(/^\d{6}$/),
      jobId: 0,
      expiresAt: codes.clock.now() + 600_000,
      estimatedDeliverySeconds: 1,
    });
    expect(await issueWith(note('mine'), { silent: true })).toMatchObject({ jobId: null });
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

function orderOf(change: Partial<CodeOrder> = {}): CodeOrder {
  return {
    caller: 'contract:phone',
    contact: { kind: 'phone', value: PHONE },
    purpose: 'phone-login',
    length: 6,
    ttlMs: 600_000,
    silent: false,
    ...change,
  };
}
