import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import { createLimits } from '../../../src/limits/index.js';
import { rulesOf } from '../../../src/limits/rules.js';
import type { VerificationOrder, Verifications } from '../../../src/otp/verifications/verification.js';
import { createTestClock, type TestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { reach } from '../../support/reach.js';
import { createScriptedChannel, type ScriptedChannel } from '../../support/scripted-channel.js';
import { until } from '../../support/until.js';
import { verificationParts } from '../../support/verifications.js';
import { type Codes, createCodes } from '../codes.js';

const LINK = { link: 'https://wa.me/15550000000?text=K7QM4', number: '+15550000000', text: 'K7QM4' };

/** Real parts over two channels to phones, whose answers the test gives. */
describe.each(DATABASES)('a verification that is sent again, on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let sms: ScriptedChannel;
  let codes: Codes;
  let verifications: Verifications;
  const offered = new Set<string>();
  let phones = 0;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    sms = createScriptedChannel(clock);
    codes = createCodes(database, {
      clock,
      delivery: { minSendDelayMs: 0, maxSendDelayMs: 0 },
      channels: (whatsapp, email) => [whatsapp, sms.channel, email],
      route: { route: ['whatsapp', 'sms'] },
      countries: ['EG'],
      coldPerDay: 10_000,
    });
    await codes.delivery.start();
    ({ verifications } = verificationParts({
      database,
      clock,
      delivery: codes.delivery,
      routing: codes.routing,
      limits: createLimits({
        store: database.store,
        clock,
        rules: rulesOf({ eased: false, overrides: {} }),
      }),
      links: {
        offerIn: async (_trx, id) => {
          offered.add(id);
          return LINK;
        },
        shown: async () => new Map(),
      },
    }));
  });
  afterAll(async () => {
    await codes.stop();
    await database.close();
  });

  const orderOf = (change: Partial<VerificationOrder> = {}): VerificationOrder => ({
    caller: 'env',
    contact: { kind: 'phone', value: `+2010012345${10 + ++phones}` },
    ...{ channel: null, route: ['whatsapp', 'sms'], userFirst: 'never', proof: 'code', locale: null },
    ...{
      codeLength: 6,

      ttlMs: 600_000,
      action: null,
      client: null,
      address: null,
      metadata: null,
    },
    ...{ returnUrl: null, test: null, admit: null },
    ...change,
  });
  const again = (channel: string | null = null) => ({ channel, address: null, admit: null });
  const wayOf = async (id: string) =>
    (await verifications.find({ id })).attempts.map(({ channel }) => channel);
  /** Until its last message is out, and it may be sent again. */
  async function sent(id: string): Promise<void> {
    await until('it is sent', async () => {
      await clock.advance(1_000);
      return (await verifications.find({ id })).attempts.at(-1)?.status === 'sent';
    });
    clock.step(30_000);
  }
  const usedOf = async (contact: string) =>
    (
      await database.store
        .selectFrom('limit_counts')
        .select('used')
        .where('name', '=', 'contact-codes')
        .where('subject', '=', contact)
        .executeTakeFirst()
    )?.used;

  it('takes the next channel that works when the last one refuses, and no other one than was named', async () => {
    const order = orderOf({ route: ['sms', 'whatsapp'], userFirst: 'auto' });
    await reach(database.store, clock.now(), order.contact.value);
    const { id } = await verifications.start(order);
    await sent(id);
    sms.refuses.set(order.contact.value, { code: 'sms_unavailable', retryAfterSeconds: 9 });
    const named = verifications.resend({ id }, again('sms'));
    await expect(named).rejects.toMatchObject({ code: 'sms_unavailable' });
    expect(await verifications.find({ id })).toMatchObject({ sendsLeft: 4 });
    expect((await verifications.resend({ id }, again())).sendsLeft).toBe(3);
    expect(await wayOf(id)).toEqual(['sms', 'whatsapp']);
    // Nobody is asked to write because of a channel that is not WhatsApp.
    expect(offered).not.toContain(id);
  });

  it('a start that loses a race is counted once', async () => {
    const order = orderOf();
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => verifications.start(order)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await usedOf(order.contact.value)).toBe(1);
  });

  it('is sent, counted and kept under its idempotency key in one commit', async () => {
    const order = orderOf();
    const { id } = await verifications.start(order);
    await sent(id);
    const once = {
      async takeIn() {
        throw new Error('the process ends here');
      },
      async keep() {},
    };
    await expect(verifications.start(order, once)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await wayOf(id)).toEqual(['whatsapp']);
    expect(await verifications.find({ id })).toMatchObject({ sendsLeft: 4 });
    expect(await usedOf(order.contact.value)).toBe(1);
    expect((await verifications.start(order)).sendsLeft).toBe(3);
    expect(await wayOf(id)).toEqual(['whatsapp', 'whatsapp']);
  });
});
