import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createKeyedCalls } from '../../src/otp/keyed-calls.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { type Codes, createCodes } from './codes.js';

const HOUR_MS = 60 * 60_000;

describe.each(DATABASES)('sixty sign-ups of a stranger on %s', (kind) => {
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

  const number = (at: number) => `+2010012${String(at).padStart(5, '0')}`;
  const signUp = (at: number) => send(at, 'sign-up');
  const signIn = (at: number) => send(500 + at, 'sign-in');
  async function send(at: number, door: 'sign-up' | 'sign-in'): Promise<void> {
    const code = await codes.issuer.reserve({
      caller: 'contract:phone',
      contact: { kind: 'phone', value: number(at) },
      purpose: door === 'sign-up' ? 'phone-register' : 'phone-login',
      length: 5,
      ttlMs: 300_000,
      silent: false,
      door,
    });
    const joined = await database.store.transaction().execute(code.enqueueIn);
    joined.committed();
    code.release();
  }
  const call = (at: number) => codes.request(null, { recipient: number(500 + at) });

  /** How many of them are taken, asked one after the other. */
  async function taken(count: number, ask: (at: number) => Promise<unknown>): Promise<number> {
    let all = 0;
    for (let at = 0; at < count; at++) {
      await ask(at).then(
        () => all++,
        (error) => expect(error).toMatchObject({ code: 'queue_full' }),
      );
    }
    return all;
  }

  it('take all places where nobody has a key', async () => {
    expect(await taken(60, signUp)).toBe(18);
    expect(await taken(12, call)).toBe(0);
  });

  it('leave half of the places to callers with a key', async () => {
    expect(await taken(1, call)).toBe(1);
    expect(await taken(60, signUp)).toBe(8);
    expect(await taken(12, (at) => call(1 + at))).toBe(9);
  });

  it('leave the same half to people who have an account', async () => {
    expect(await taken(1, call)).toBe(1);
    expect(await taken(60, signUp)).toBe(8);
    expect(await taken(12, signIn)).toBe(9);
    expect(await taken(1, call)).toBe(0);
  });

  it('leave twelve of twelve calls with a key, in between, their place', async () => {
    await codes.delivery.start();
    expect(await taken(1, call)).toBe(1);
    let answered = 0;
    for (let at = 0; at < 60; at++) {
      await taken(1, () => signUp(at));
      if (at % 5 === 4) answered += await taken(1, () => call(1 + at));
      await codes.clock.advance(2_500);
    }
    expect(answered).toBe(12);
  });
});

it.each(DATABASES)(
  'they are kept for a day after the last of them, on %s, also after a restart',
  async (kind) => {
    const database = await openTestDatabase(kind);
    onTestFinished(() => database.close());
    const clock = createTestClock();
    const here = createKeyedCalls({ ...database, clock });
    expect(await here.areRecent()).toBe(false);
    here.note();
    const notes = () => database.store.selectFrom('limit_counts').select('name').execute();
    await until('the note', async () => (await notes()).length > 0);
    expect(await here.areRecent()).toBe(true);
    await clock.advance(23 * HOUR_MS);
    expect(await createKeyedCalls({ ...database, clock }).areRecent()).toBe(true);
    await clock.advance(HOUR_MS);
    expect(await here.areRecent()).toBe(false);
  },
);
