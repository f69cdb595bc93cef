import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import {
  createRecipients,
  type Named,
  type Recipients,
} from '../../src/channels/whatsapp/people/recipients.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

const PHONE = '+5511987654321';
const OTHER_SPELLING = '+551187654321';
const ADDRESS = { jid: '551187654321@s.whatsapp.net', lid: '123456789@lid' };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe.each(DATABASES)('what is known about recipients, on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let recipients: Recipients;
  let named: Named[];
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    named = [];
    recipients = createRecipients(database.store, clock, 'default', (person) => named.push(person));
  });
  afterEach(() => database.close());

  it('believes "not on WhatsApp" for a minute', async () => {
    await recipients.remember(PHONE, null);
    expect(await recipients.find(PHONE)).toMatchObject({ address: null, isFresh: true });
    await clock.advance(MINUTE);
    expect(await recipients.find(PHONE)).toMatchObject({ address: null, isFresh: false });
  });

  it('believes an address for a week, until it is doubted', async () => {
    await recipients.remember(PHONE, ADDRESS);
    await clock.advance(7 * DAY - 1);
    expect((await recipients.find(PHONE)).isFresh).toBe(true);
    await recipients.doubt(PHONE);
    expect(await recipients.find(PHONE)).toMatchObject({
      address: ADDRESS,
      isFresh: false,
      checkedAt: null,
    });
  });

  it('believes an answer from a time that is still to come no longer than its own rule', async () => {
    await clock.advance(DAY);
    await recipients.remember(PHONE, ADDRESS);
    await recipients.remember(OTHER_SPELLING, null);
    const setBack = createTestClock(clock.now() - DAY);
    const later = createRecipients(database.store, setBack, 'default', () => {});
    // Good for a week: a day does not end it. A minute's answer is over.
    expect((await later.find(PHONE)).isFresh).toBe(true);
    expect((await later.find(OTHER_SPELLING)).isFresh).toBe(false);
  });

  it('doubts by an address that WhatsApp names, of this account only', async () => {
    await recipients.remember(PHONE, ADDRESS);
    await recipients.remember(OTHER_SPELLING, { ...ADDRESS, lid: null });
    const elsewhere = createRecipients(database.store, clock, 'other', () => {});
    await elsewhere.remember(PHONE, ADDRESS);
    await recipients.doubtAddresses(['123456789:1@lid']);
    expect((await recipients.find(PHONE)).isFresh).toBe(false);
    expect((await recipients.find(OTHER_SPELLING)).isFresh).toBe(true);
    await recipients.doubtAddresses([`${OTHER_SPELLING.slice(1)}@s.whatsapp.net`]);
    expect((await recipients.find(OTHER_SPELLING)).isFresh).toBe(false);
    expect((await elsewhere.find(PHONE)).isFresh).toBe(true);
  });

  it('forgets the address of a number that has left WhatsApp; a doubted "no" says nothing', async () => {
    await recipients.remember(PHONE, ADDRESS);
    await recipients.remember(PHONE, null);
    expect((await recipients.find(PHONE)).address).toBeNull();
    await recipients.doubt(PHONE);
    expect(await recipients.find(PHONE)).toMatchObject({ address: undefined, isFresh: false });
  });

  it('tells of each address that is new for a number, once it is stored', async () => {
    await recipients.remember(PHONE, ADDRESS);
    await recipients.remember(OTHER_SPELLING, ADDRESS);
    const both = [
      { phone: PHONE, jid: ADDRESS.jid },
      { phone: OTHER_SPELLING, jid: ADDRESS.jid },
    ];
    expect(named).toEqual(both);

    await recipients.remember(PHONE, ADDRESS);
    await recipients.doubt(PHONE);
    await recipients.remember(PHONE, { ...ADDRESS, lid: '987654321@lid' });
    await recipients.remember(OTHER_SPELLING, null);
    expect(named).toEqual(both);

    await recipients.remember(OTHER_SPELLING, ADDRESS);
    await recipients.remember(PHONE, { ...ADDRESS, jid: '5511987654321@s.whatsapp.net' });
    expect(named.slice(2)).toEqual([
      { phone: OTHER_SPELLING, jid: ADDRESS.jid },
      { phone: PHONE, jid: '5511987654321@s.whatsapp.net' },
    ]);
  });
});
