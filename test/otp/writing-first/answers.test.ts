import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import { AppError } from '../../../src/errors.js';
import { silentLog } from '../../../src/log.js';
import { createAnswers, type Prepared } from '../../../src/otp/writing-first/answers.js';
import { createSenderProof } from '../../../src/otp/writing-first/proof.js';
import { restOf } from '../../support/at-rest.js';
import { createTestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { newCode } from './codes.js';

const PHONE = '+201001234567';
const WRITER = { jid: null, phone: null, lid: '1@lid' };

describe.each(DATABASES)('an answer on %s', (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  async function answering(options: { tokenAfterMs: number; refusals?: number }) {
    const clock = createTestClock(undefined, restOf(database.store));
    const { store } = database;
    const code = await newCode(store, clock);
    await store
      .insertInto('links')
      .values({
        code_id: code.id,
        turn: 1,
        token_hash: code.id,
        contact: code.contact,
        made_at: clock.now(),
        ends_at: clock.now() + 600_000,
        last_mismatch: null,
        used_at: clock.now(),
        burned_at: null,
        answered_at: null,
      })
      .execute();
    const sentAfterMs: number[] = [];
    let refusals = options.refusals ?? 0;
    let released = 0;
    let asked = 0;
    const answers = createAnswers({
      store,
      clock,
      log: silentLog,
      hasToken: async () => clock.elapsed() >= options.tokenAfterMs,
      async reserveAgain(): Promise<Prepared> {
        asked++;
        if (refusals-- > 0) throw new AppError('sending_paused', 'Paused.');
        const at = clock.elapsed();
        return {
          storeIn: async () => void sentAfterMs.push(at),
          committed() {},
          release: () => void released++,
        };
      },
      reserveConfirmation: () => Promise.reject(new Error('this is not about a confirmation')),
    });
    const link = () =>
      store.selectFrom('links').selectAll().where('code_id', '=', code.id).executeTakeFirstOrThrow();
    return { clock, code, answers, sentAfterMs, link, released: () => released, asked: () => asked };
  }

  it('goes out as soon as the token is there', async () => {
    const { clock, code, answers, sentAfterMs, link } = await answering({ tokenAfterMs: 2_000 });
    const answered = answers.answer(code);
    await clock.advance(1_900);
    expect(sentAfterMs).toEqual([]);
    await clock.advance(200);
    await answered;
    expect(sentAfterMs).toEqual([2_000]);
    expect((await link()).answered_at).not.toBeNull();
  });

  it('goes out once without it after three seconds', async () => {
    const { clock, code, answers, sentAfterMs, released } = await answering({ tokenAfterMs: 60_000 });
    const answered = Promise.all([answers.answer(code), answers.answer(code)]);
    await clock.advance(10_000);
    await answered;
    expect(sentAfterMs).toEqual([3_000]);
    // Whoever was second has given its place back.
    expect(released()).toBe(2);
  });

  it('that is refused for the moment is still owed', async () => {
    const { code, answers, sentAfterMs, link } = await answering({ tokenAfterMs: 0, refusals: 1 });
    await answers.answer(code);
    expect([sentAfterMs, (await link()).answered_at]).toEqual([[], null]);
    await answers.resume();
    expect(sentAfterMs).toEqual([0]);
  });

  it('that was refused goes out by itself once it is possible, once', async () => {
    const { clock, code, answers, sentAfterMs, link } = await answering({ tokenAfterMs: 0, refusals: 3 });
    await answers.answer(code);
    await clock.advance(14_000);
    expect(sentAfterMs).toEqual([]);
    await clock.advance(60_000);
    expect(sentAfterMs).toEqual([15_000]);
    expect((await link()).answered_at).not.toBeNull();
  });

  it('is given up when nobody waits for it any more', async () => {
    const { clock, code, answers, asked } = await answering({ tokenAfterMs: 0, refusals: 10_000 });
    await answers.answer(code);
    await clock.advance(11 * 60_000);
    const before = asked();
    expect(before).toBeGreaterThan(100);
    await clock.advance(60_000);
    expect(asked()).toBe(before);
  });
});

describe('whose a number is', () => {
  it('is asked again when WhatsApp does not answer, three times in all', async () => {
    const clock = createTestClock();
    const given: (string | null | undefined)[] = [];
    const asked: number[] = [];
    const { prove } = createSenderProof({
      store: undefined as never,
      clock,
      async identify() {
        asked.push(clock.elapsed());
        const lid = given.shift();
        return lid === undefined ? undefined : { jid: 'x@s.whatsapp.net', lid };
      },
      spellingsOf: (phone) => [phone],
    });
    const silence = prove(WRITER, PHONE);
    await clock.advance(10_000);
    expect(await silence).toBe('unknown');
    expect(asked).toEqual([0, 2_000, 4_000]);
    given.push(undefined, '1@lid');
    const late = prove(WRITER, PHONE);
    await clock.advance(10_000);
    expect(await late).toBe('same');
    given.push('2@lid', null);
    expect([await prove(WRITER, PHONE), await prove(WRITER, PHONE)]).toEqual(['other', 'other']);
  });
});
