import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createNotices, type Notices } from '../../src/auth/notices/notices.js';
import { type NoticeKind, noticeText, serviceName } from '../../src/auth/notices/texts.js';
import type { MailSender } from '../../src/channels/email/index.js';
import { createSweep } from '../../src/delivery/queue/sweep.js';
import { createLimits } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { silentLog } from '../../src/log.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { openDelivery, type TestDelivery } from '../support/delivery.js';
import { createScriptedSender, type ScriptedSender } from '../support/scripted-sender.js';
import { until } from '../support/until.js';
import { EMAIL, PHONE } from './world.js';

const KINDS: NoticeKind[] = [
  'account_made',
  'google_linked',
  'many_wrong_passwords',
  'password_changed',
  'signed_out_everywhere',
];
/** What phones and mail programs take for a code. */
const CODE = /\d{4,8}/;
const phone = { kind: 'phone' as const, value: PHONE };
const email = { kind: 'email' as const, value: EMAIL };

it.each(KINDS)('a notice of the kind %s holds nothing that looks like a code', (kind) => {
  const { subject, text } = noticeText(kind, 'login.example.com', '+62•••••••••90');
  expect(`${subject}\n${text}`).not.toMatch(CODE);
  expect(text).toContain('This message is from login.example.com.');
  expect(text).toContain('+62•••••••••90');
  expect(text).toContain('If it was not,');
});

it('a notice is from whoever has a name that does not look like a code', () => {
  expect(serviceName(['otp2026.example.com', 'Example'])).toBe('Example');
  expect(serviceName([null, '', '10.0.0.12'])).toBe('10.0.0.12');
  expect(serviceName([null, 'b1234567.example'])).toBeNull();
  expect(noticeText('account_made', null, 'x').text).toMatch(/^An account was made with x\./);
});

describe.each(DATABASES)('notices on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let sender: ScriptedSender;
  let delivery: TestDelivery;
  let notices: Notices;
  /** Who wrote STOP. */
  let optedOut: Set<string>;
  let mails: { recipient: string; subject?: string; text: string }[];

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    sender = createScriptedSender(clock);
    mails = [];
    optedOut = new Set();
    const mail: MailSender = {
      async send(message) {
        await message.beforeWrite();
        mails.push(message);
        return { acceptedAt: clock.now() };
      },
      trouble: () => null,
      onTrouble: () => () => {},
      close() {},
    };
    delivery = openDelivery({ database, sender, clock, mail });
    const mailsAnHour = { mails: { count: 2, periodMs: 3_600_000 } };
    const limits = createLimits({
      store: database.store,
      clock,
      rules: rulesOf({ eased: false, overrides: mailsAnHour }),
    });
    notices = createNotices({
      lanes: delivery.lanes,
      limits,
      clock,
      log: silentLog,
      service: 'login.example.com',
      isOptedOut: async (number) => optedOut.has(number),
    });
  });
  afterEach(async () => {
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    await database.close();
  });

  const jobs = () => database.store.selectFrom('jobs').selectAll().orderBy('id').execute();
  const statuses = async () =>
    (await jobs()).map(({ purpose, status, error_code }) => [purpose, error_code ?? status]);
  const limitsOfContacts = () => database.store.selectFrom('client_sends').selectAll().execute();

  it('three an hour are about one account, whatever its owner does; codes to others do not suffer', async () => {
    for (let n = 0; n < 20; n++) await notices.send(phone, 'signed_out_everywhere');
    expect(await jobs()).toHaveLength(3);
    await clock.advance(3_600_000);
    await notices.send(phone, 'signed_out_everywhere');
    expect(await jobs()).toHaveLength(4);
  });

  it('go out as jobs of their own: codes do not take their place, nor they that of codes or of each other', async () => {
    await delivery.request(PHONE);
    await notices.send(phone, 'account_made');
    await delivery.request(PHONE);
    await notices.send(phone, 'account_made');
    await notices.send(email, 'google_linked');
    expect(await statuses()).toEqual([
      ['gateway', 'superseded'],
      ['notice', 'pending'],
      ['gateway', 'pending'],
      ['notice', 'pending'],
      ['notice', 'pending'],
    ]);
    expect(await limitsOfContacts()).toEqual([]);
    await delivery.start();
    await until('all messages', async () => {
      await clock.advance(5_000);
      return sender.written.length === 3 && mails.length === 1;
    });
    const texts = sender.written.map(({ text }) => text);
    expect(texts.filter((text) => !CODE.test(text))).toHaveLength(2);
    expect(texts[0]).toContain('+62•••••••••90');
    expect(mails).toMatchObject([
      { recipient: EMAIL, subject: 'A sign-in with Google was added to your account' },
    ]);
    expect(mails[0]?.text).toContain('as•••@e•••.com');
    // What is kept to be shown is one text for all.
    const [, first, , second] = await jobs();
    expect(first?.message_shape).toBe(second?.message_shape);
    expect((await delivery.jobs.story(first?.id ?? 0))?.message).toContain('An account was made with •••.');
  });

  it('count as mails, and end with them', async () => {
    await notices.send(email, 'account_made');
    await notices.send(email, 'account_made');
    await notices.send(email, 'account_made');
    expect(await statuses()).toHaveLength(2);
    await clock.advance(3_600_000);
    await notices.send(email, 'account_made');
    expect(await statuses()).toHaveLength(3);
  });

  it('are not sent over WhatsApp to people who wrote STOP, and mails are', async () => {
    optedOut.add(PHONE);
    await notices.send(phone, 'account_made');
    await notices.send(email, 'account_made');
    expect((await jobs()).map(({ channel }) => channel)).toEqual(['email']);
    optedOut.clear();
    await notices.send(phone, 'account_made');
    expect(await jobs()).toHaveLength(2);
  });

  it('are not sent while WhatsApp restricts the sender, is away, or an operator has paused everything', async () => {
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + 60_000 });
    await database.store
      .insertInto('recipients')
      .values({ account: 'default', recipient: PHONE, reachable_until: Number.MAX_SAFE_INTEGER })
      .execute();
    await notices.send(phone, 'account_made');
    sender.set({ state: 'DISCONNECTED', openSince: null, troubleSince: clock.now(), failedAttempts: 0 });
    await notices.send(phone, 'account_made');
    sender.set({ state: 'READY', openSince: clock.now(), troubleSince: null });
    await delivery.control.pause();
    await notices.send(phone, 'account_made');
    expect(await jobs()).toEqual([]);
    await delivery.control.resume();
    await notices.send(phone, 'account_made');
    expect(await jobs()).toHaveLength(1);
  });

  it('that wait when a restriction comes are dropped, and codes to known numbers go on', async () => {
    await database.store
      .insertInto('recipients')
      .values({ account: 'default', recipient: PHONE, reachable_until: Number.MAX_SAFE_INTEGER })
      .execute();
    await notices.send(phone, 'account_made');
    await notices.send({ ...phone, value: '+6281234567891' }, 'account_made');
    await delivery.request(PHONE);
    // It would be over before the notices are.
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + 60_000 });
    await delivery.start();
    await until('the code', async () => {
      await clock.advance(5_000);
      return sender.written.length > 0;
    });
    sender.set({ state: 'READY', restrictedUntil: null });
    for (let n = 0; n < 12; n++) await clock.advance(10_000);
    expect(sender.written.map(({ text }) => text)).toEqual(['Your code is 123456.']);
    expect(await statuses()).toEqual([
      ['notice', 'reach_out_restricted'],
      ['notice', 'reach_out_restricted'],
      ['gateway', 'sent'],
    ]);
  });

  it('end after a while', async () => {
    await notices.send(phone, 'account_made');
    const sweep = createSweep({ store: database.store, clock, account: 'default', ttlMs: 300_000 });
    await clock.advance(14 * 60_000);
    expect(await sweep.expire()).toBe(0);
    await clock.advance(60_000);
    expect(await sweep.expire()).toBe(1);
    expect(await statuses()).toEqual([['notice', 'code_expired']]);
  });
});
