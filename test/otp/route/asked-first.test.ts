import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import { contractShape } from '../../../src/contracts/answers.js';
import type { AppError } from '../../../src/errors.js';
import { createLinks } from '../../../src/otp/writing-first/links.js';
import { createKeyedHash } from '../../../src/sealing.js';
import { restOf } from '../../support/at-rest.js';
import { createTestClock, type TestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { openDelivery, type TestDelivery } from '../../support/delivery.js';
import { openCodes } from '../../support/issuing.js';
import { createScriptedSender, type ScriptedSender } from '../../support/scripted-sender.js';
import { KEY } from '../../support/secrets.js';

const PHONE = '+201001234567';
const NUMBER = '+15550000000';
const ORDER = { caller: 'contract:phone', purpose: 'phone-login', length: 6, ttlMs: 300_000, silent: false };
const WAITS_FOREVER = 24 * 60 * 60_000;

let database: Database;
let clock: TestClock;
let sender: ScriptedSender;
let delivery: TestDelivery;
let codes: ReturnType<typeof openCodes>;
let canReceive: boolean;

async function ask(silent = false): Promise<{ otp: string; refusal: unknown }> {
  const contact = { kind: 'phone' as const, value: PHONE };
  const reserved = await codes.issuer.reserve({ ...ORDER, silent, contact, door: 'sign-in', asCold: silent });
  const joined = await database.store.transaction().execute((trx) => reserved.enqueueIn(trx, 'challenge'));
  let refusal: unknown = null;
  try {
    joined.committed();
  } catch (error) {
    refusal = error;
  }
  reserved.release();
  return { otp: reserved.otp, refusal };
}

function restrict(): void {
  sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + WAITS_FOREVER });
}

describe.each(DATABASES)('a code of a contract that nothing can push, on %s', (kind) => {
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock(undefined, restOf(database.store));
    sender = createScriptedSender(clock);
    const settings = { minSendDelayMs: 0, maxSendDelayMs: 0 };
    delivery = openDelivery({ database, sender, clock, settings });
    canReceive = true;
    const links = createLinks({
      store: database.store,
      clock,
      hash: createKeyedHash(KEY, 'link'),
      appName: null,
      number: () => NUMBER,
      canReceive: () => canReceive,
      languageFor: () => 'en',
    });
    codes = openCodes({ database, delivery, clock, links });
    await delivery.start();
    codes.routing.start();
  });
  afterEach(async () => {
    await codes.routing.stop();
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    await database.close();
  });

  it('is kept, and the refusal says how the person writes first; the answer has the code', async () => {
    restrict();
    const { otp, refusal } = await ask();
    expect(refusal).toMatchObject({
      code: 'sender_restricted',
      options: {
        userFirst: { link: expect.stringContaining('https://wa.me/15550000000?text='), number: NUMBER },
      },
    });
    const row = await database.store.selectFrom('codes').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ status: 'pending', step: -1, user_first: 'auto', asked_by: 'challenge' });
    expect(await codes.routing.attemptsOf([row.id])).toEqual(new Map([[row.id, []]]));
    sender.set({ state: 'READY' });
    expect((await codes.routing.replyTo(row.id)).kind).toBe('sent');
    await clock.advance(1_000);
    expect(sender.written.map(({ recipient, text }) => [recipient, text.includes(otp)])).toEqual([
      [PHONE, true],
    ]);
  });

  it('looks the same where nobody is there, and is none', async () => {
    restrict();
    const [known, unknown] = [await ask(), await ask(true)];
    const shape = contractShape({
      known: {},
      other: (message) => ({ message }),
      invalid: () => ({ status: 400, body: {} }),
    });
    const [first, second] = [known, unknown].map(({ refusal }) => {
      const failure = { known: refusal as AppError, thrown: refusal, status: 503, retryAfterSeconds: 1 };
      return shape(failure, {} as never);
    });
    expect(first?.body).toMatchObject({ code: 'sender_restricted', userFirst: { number: NUMBER } });
    const withoutToken = (body: unknown) =>
      JSON.stringify(body).replaceAll(/[A-Z0-9]{5}(-|%2D)?[A-Z0-9]{5}/g, 'TOKEN');
    expect(withoutToken(second)).toBe(withoutToken(first));
    const rows = await database.store
      .selectFrom('codes')
      .select(['status', 'code'])
      .orderBy('status')
      .execute();
    expect(rows.map(({ status, code }) => [status, code === null])).toEqual([
      ['canceled', true],
      ['pending', false],
    ]);
  });

  it('is refused and not kept where no number can receive either', async () => {
    restrict();
    canReceive = false;
    await expect(ask()).rejects.toMatchObject({
      code: 'sender_restricted',
      options: { reason: expect.any(String) },
    });
    await expect(ask().catch((error: AppError) => error.options.userFirst)).resolves.toBeUndefined();
    expect(await database.store.selectFrom('codes').select('id').execute()).toEqual([]);
  });
});
