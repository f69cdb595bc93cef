import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createMailSender, type MailSender } from '../../src/channels/email/index.js';
import type { AppError } from '../../src/errors.js';
import { type Log, silentLog } from '../../src/log.js';
import { createMailServer, type MailServer } from '../../src/sandbox/mail/index.js';
import { createTestClock, settle, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { openDelivery, type TestDelivery } from '../support/delivery.js';
import { createScriptedSender, type ScriptedSender } from '../support/scripted-sender.js';
import { until } from '../support/until.js';

const TTL_MS = 300_000;
/** Every step of the clock costs some reads, on a machine that may be busy. */
const PATIENCE_MS = 25_000;
const PHONE = '+201001234567';
const ADDRESS = 'someone@example.org';

describe.each(DATABASES)('two lanes on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let sender: ScriptedSender;
  let server: MailServer;
  let mail: MailSender;
  let delivery: TestDelivery;
  let logged: string[];

  function open(withMail = true): void {
    const log: Log = { ...silentLog, error: (text, fields) => logged.push(JSON.stringify([text, fields])) };
    const settings = { maxWaitMs: Number.POSITIVE_INFINITY };
    delivery = openDelivery({ database, sender, mail: withMail ? mail : null, clock, log, settings });
  }

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    logged = [];
    sender = createScriptedSender(clock);
    server = await createMailServer();
    mail = createMailSender({
      clock,
      settings: { url: server.url, from: 'no-reply@example.com' },
      stepMs: 500,
    });
    open();
    await delivery.start();
  });
  afterEach(async () => {
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    mail.close();
    await server.close();
    await database.close();
  });

  const request = (channel: 'whatsapp' | 'email', recipient: string, ttlMs = TTL_MS) =>
    delivery.request(recipient, { channel, ttlMs });

  const jobOf = async (jobId: number) => (await delivery.jobs.story(jobId)) ?? undefined;
  /** The mail server lives in real time, the queue in its own. */
  const becomes = (jobId: number, status: string, stepMs = 0) =>
    until(
      `job ${jobId} is ${status}`,
      async () => {
        await (stepMs > 0 ? clock.advance(stepMs) : settle());
        const job = await jobOf(jobId);
        return job?.status === status ? job : null;
      },
      PATIENCE_MS,
    );

  it('a channel that is paused alone sends nothing and refuses at once, until it is resumed', async () => {
    await becomes(await request('whatsapp', PHONE), 'sent', 100);
    const waiting = await request('whatsapp', '+201001234568');
    const paused = () => delivery.switches.find(({ name }) => name === 'whatsapp');
    expect(await paused()?.pause()).toBe(true);
    expect(await paused()?.pause()).toBe(false);
    await expect(request('whatsapp', '+201001234569')).rejects.toMatchObject({ code: 'channel_paused' });
    expect(paused()?.obstacle()).toMatchObject({ code: 'channel_paused' });
    await becomes(await request('email', ADDRESS), 'sent');
    await clock.advance(30_000);
    expect(await jobOf(waiting)).toMatchObject({ status: 'pending' });

    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    open();
    await delivery.start();
    await clock.advance(30_000);
    expect(await jobOf(waiting)).toMatchObject({ status: 'pending' });
    expect(await paused()?.resume()).toBe(true);
    await becomes(waiting, 'sent', 100);
    expect(paused()?.obstacle()).toBeNull();
  });

  it('a mail goes out at once, while a number waits for its gap and another is not even paired', async () => {
    await becomes(await request('whatsapp', PHONE), 'sent', 100);
    const waiting = await request('whatsapp', '+201001234568');
    sender.set({ state: 'QR_REQUIRED', paired: false, need: 'pairing', openSince: null });
    for (let n = 0; n < 5; n++) {
      const sent = await becomes(await request('email', `user${n}@example.org`), 'sent');
      expect(sent).toMatchObject({ deliveredAt: null, readAt: null, error: null, attempts: 0, writes: 1 });
    }
    expect(server.mails().map(({ to }) => to)).toEqual(
      Array.from({ length: 5 }, (_, n) => `user${n}@example.org`),
    );
    expect((await jobOf(waiting))?.status).toBe('pending');
    await expect(delivery.admit(PHONE)).rejects.toMatchObject({ code: 'sender_not_paired' });
  });

  it('a mail server that does not answer holds up nobody on WhatsApp', async () => {
    server.faults.set('greeting', 'silence');
    const stuck = await request('email', ADDRESS);
    const sent = await request('whatsapp', PHONE);
    await becomes(sent, 'sent', 100);
    expect((await jobOf(stuck))?.status).not.toBe('sent');
  });

  it('a mail that is turned away for minutes goes out in the end, once', async () => {
    server.faults.set('recipient', 451, 9);
    const jobId = await request('email', ADDRESS);
    const job = await becomes(jobId, 'sent', 2_000);
    expect(job.attempts).toBe(9);
    expect(job.writes).toBe(1);
    const failed = job.events.filter(({ kind }) => kind === 'attempt_failed');
    expect(failed).toHaveLength(9);
    expect(job.sentAt).toBeGreaterThan(job.createdAt + 100_000);
    expect(server.mails()).toHaveLength(1);
  });

  it('a mail that is turned away for good fails with a reason of its own', async () => {
    server.faults.set('recipient', 550);
    const job = await becomes(await request('email', ADDRESS), 'failed');
    expect(job.error).toEqual({
      code: 'rejected_by_mail_server',
      message: 'The mail server refused the mail or its recipient.',
    });
    expect(job.events.at(-1)?.detail).toMatch(/Refused by the sandbox/);
    expect(server.count('recipient')).toBe(1);
  });

  it('a mail that nobody takes expires with its code, and was never said to be written', async () => {
    server.faults.set('recipient', 451);
    const job = await becomes(await request('email', ADDRESS), 'expired', 5_000);
    expect(job.error?.code).toBe('code_expired');
    expect(job.writes).toBe(0);
  });

  it('a refused login is told in the log and to callers, and is not repeated all the time', async () => {
    mail.close();
    await server.close();
    await delivery.stop();
    server = await createMailServer({ login: { user: 'otp', pass: 'right' } });
    mail = createMailSender({
      clock,
      settings: { url: server.url.replace('right', 'wrong'), from: 'no-reply@example.com' },
    });
    open();
    await delivery.start();
    const jobId = await request('email', ADDRESS);
    await until('the refusal', () => mail.trouble());
    await clock.advance(25_000);
    expect(server.count('login')).toBe(1);
    await expect(delivery.admit('other@example.org', { channel: 'email' })).rejects.toMatchObject({
      code: 'email_unavailable',
      options: { retryAfterSeconds: 60 },
    });
    expect(logged.join()).toMatch(/refused the login.*SMTP_URL/);
    expect(await delivery.admit(PHONE)).toBe(0);
    await until('another try', async () => {
      await clock.advance(2_000);
      return server.count('login') > 1;
    });
    expect((await jobOf(jobId))?.status).not.toBe('sent');
  });

  it.each<[string, number | 'silence']>([
    ['turns everybody away', 421],
    ['says nothing', 'silence'],
  ])(
    'a mail server that %s for a tenth of the life closes the door until it is back',
    async (_what, fault) => {
      server.faults.set('greeting', fault);
      const first = await request('email', ADDRESS);
      await until('the trouble', () => mail.trouble());
      const ask = () => request('email', `user${clock.now()}@example.org`);
      // Ten minutes of life: for a minute it may be a blink.
      await clock.advance(25_000);
      const second = await ask();
      await clock.advance(6_000);
      await expect(ask()).rejects.toMatchObject({ code: 'email_unavailable' });
      expect(await delivery.admit(ADDRESS, { channel: 'email', ttlMs: 600_000 })).toBeGreaterThanOrEqual(0);
      await clock.advance(30_000);
      await expect(delivery.admit(ADDRESS, { channel: 'email', ttlMs: 600_000 })).rejects.toMatchObject({
        code: 'email_unavailable',
      });
      expect(await delivery.admit(PHONE)).toBe(0);

      server.faults.clear();
      await becomes(first, 'sent', 5_000);
      await becomes(second, 'sent');
      expect(mail.trouble()).toBeNull();
      await becomes(await ask(), 'sent');
    },
  );

  it('a mail server that is back is found out by itself, also when nothing waits for it', async () => {
    server.faults.set('greeting', 421);
    await becomes(await request('email', ADDRESS), 'expired', 10_000);
    const refused = await request('email', ADDRESS).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'email_unavailable' });
    const { retryAfterSeconds = 0 } = (refused as AppError).options;
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(30);
    server.faults.clear();
    await until('the end of the trouble', async () => {
      await clock.advance(1_000);
      return mail.trouble() === null;
    });
    await becomes(await request('email', ADDRESS), 'sent');
  });

  it('a code waits for the next try of a mail server, and for the codes ahead of it', async () => {
    server.faults.set('greeting', 421);
    await request('email', ADDRESS);
    const { nextTryAt } = await until('a next try', async () => {
      await clock.advance(1_000);
      const trouble = mail.trouble();
      return trouble && trouble.nextTryAt > clock.now() + 3_000 && trouble;
    });
    const wait = await delivery.admit('other@example.org', { channel: 'email' });
    expect(wait).toBeGreaterThan(nextTryAt - clock.now());
    await expect(delivery.admit(ADDRESS, { channel: 'email', ttlMs: 3_000 })).rejects.toMatchObject({
      code: 'email_unavailable',
    });
  });

  it('one that takes no mail costs one code, and not all that come while that one is tried', async () => {
    server.faults.set('recipient', 'silence');
    const first = await request('email', ADDRESS);
    await until('the trouble', () => mail.trouble());
    const refusal = until('a refusal', async () => {
      await clock.advance(5_000);
      return await delivery.admit(ADDRESS, { channel: 'email' }).then(
        () => null,
        (error: AppError) => error.code,
      );
    });
    expect(await refusal).toBe('email_unavailable');
    server.faults.clear();
    await becomes(first, 'sent', 1_000);
    await becomes(await request('email', 'other@example.org'), 'sent');
  });

  it('without a mail server there is no mail, with the reason in the log, and WhatsApp goes on', async () => {
    await delivery.stop();
    open(false);
    await delivery.start();
    await expect(delivery.admit(ADDRESS, { channel: 'email' })).rejects.toMatchObject({
      code: 'email_unavailable',
    });
    expect(logged.join()).toContain('set SMTP_URL, or EMAIL_USER and EMAIL_PASSWORD');
    const sent = await request('whatsapp', PHONE);
    await becomes(sent, 'sent', 100);
  });

  it('the pause stops both, and both go on after it', async () => {
    await delivery.control.pause();
    const letter = await request('email', ADDRESS);
    const message = await request('whatsapp', PHONE);
    await clock.advance(10_000);
    // A claim that was under way when the pause came is undone before anything is written.
    await becomes(letter, 'pending');
    await becomes(message, 'pending');
    expect([server.mails(), sender.written]).toEqual([[], []]);
    await delivery.control.resume();
    await becomes(letter, 'sent');
    await becomes(message, 'sent', 100);
  });

  it('a restriction by WhatsApp concerns numbers only', async () => {
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + 3_600_000 });
    await becomes(await request('email', ADDRESS), 'sent');
    const waits = await request('email', 'later@example.org');
    await clock.advance(5_000);
    await becomes(waits, 'sent');
    const known = await database.store.selectFrom('recipients').selectAll().execute();
    expect(known).toEqual([]);
  });

  it('what another run left under way in either lane is taken up again', async () => {
    server.faults.set('data', 'silence');
    const jobId = await request('email', ADDRESS);
    await until('the mail is on its way', () => server.count('data') === 1);
    server.faults.clear();
    const { lease_owner } = await database.store
      .selectFrom('jobs')
      .select('lease_owner')
      .where('id', '=', jobId)
      .executeTakeFirstOrThrow();
    expect(lease_owner).not.toBeNull();
    await delivery.stop();
    open();
    await delivery.start();
    const job = await becomes(jobId, 'sent', 500);
    expect(server.mails()).toHaveLength(1);
    expect(job.writes).toBe(2);
  });

  it('a part of an address finds its jobs, indexed or not', async () => {
    const jobId = await request('email', 'anna.4711+shop@mail.example.org');
    await becomes(jobId, 'sent');
    await becomes(await request('email', 'bert@example.com'), 'sent');
    const find = async (q: string) =>
      (await delivery.jobs.list({ status: null, from: null, to: null, q }, 1, 10)).jobs.map(
        (job) => job.jobId,
      );
    for (const advance of [0, 60_000]) {
      await clock.advance(advance);
      for (const q of [
        'anna.4711+shop@mail.example.org',
        'anna',
        '4711+',
        'shop@mail',
        'MAIL.example',
        '4711',
      ]) {
        expect(await find(q), q).toEqual([jobId]);
      }
      expect(await find('example')).toHaveLength(2);
      expect(await find('anna_4711')).toEqual([]);
    }
  });
});
