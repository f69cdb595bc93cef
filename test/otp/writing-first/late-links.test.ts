import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import type { CodeRow } from '../../../database/schema.js';
import { createChanges } from '../../../src/delivery/changes.js';
import { silentLog } from '../../../src/log.js';
import { createLateLinks } from '../../../src/otp/writing-first/late-links.js';
import { createLinks } from '../../../src/otp/writing-first/links.js';
import { createKeyedHash } from '../../../src/sealing.js';
import { createTestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { until } from '../../support/until.js';
import { newCode } from './codes.js';

describe.each(DATABASES)('a link that is offered later, on %s', (kind) => {
  const clock = createTestClock();
  const changes = createChanges();
  let database: Database;
  let offered = 0;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  /** A verification whose message over a channel has ended like this. */
  async function failed(error: string, change: Partial<CodeRow> = {}, channel = 'whatsapp'): Promise<string> {
    const { store } = database;
    const { id } = await newCode(store, clock, change);
    const now = clock.now();
    const job = await store
      .insertInto('jobs')
      .values({
        account: 'default',
        channel,
        purpose: 'verification',
        recipient: '+201001234567',
        message_id: randomUUID(),
        code_hash: '',
        status: 'failed',
        error_code: error,
        run_at: now,
        created_at: now,
        expires_at: now + 600_000,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const attempt = { id: randomUUID(), code_id: id, place: 1, channel, cause: 'start' as const, at: now };
    await store
      .insertInto('code_attempts')
      .values({ ...attempt, job_id: job.id, error: null })
      .execute();
    return id;
  }

  it('is for those whose message was refused, and for nobody else', async () => {
    const { store } = database;
    const refused = await failed('reach_out_restricted');
    const passedOver = (await newCode(store, clock)).id;
    const attempt = {
      id: randomUUID(),
      place: 1,
      channel: 'whatsapp',
      cause: 'step' as const,
      at: clock.now(),
    };
    await store
      .insertInto('code_attempts')
      .values({ ...attempt, code_id: passedOver, job_id: null, error: 'sender_restricted' })
      .execute();
    const others = [
      await failed('not_on_whatsapp'),
      await failed('reach_out_restricted', { user_first: 'never' }),
      await failed('reach_out_restricted', { purpose: 'gateway' }),
      await failed('reach_out_restricted', { status: 'canceled' }),
      await failed('provider_failed', {}, 'sms'),
      (await newCode(store, clock)).id,
    ];
    const links = createLinks({
      store,
      clock,
      hash: createKeyedHash('a'.repeat(64), 'link'),
      appName: null,
      number: () => '+201000000001',
      canReceive: () => true,
      languageFor: () => 'en',
    });
    const late = createLateLinks({
      store,
      clock,
      log: silentLog,
      links,
      changes,
      onOffered: () => offered++,
    });
    late.start();
    await clock.advance(250);
    await until('the look to be over', () => offered === 1);
    await late.stop();
    const shown = await links.shown([refused, passedOver, ...others]);
    expect([...shown.keys()].sort()).toEqual([refused, passedOver].sort());
    expect(offered).toBe(1);
  });
});
