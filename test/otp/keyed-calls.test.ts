import { expect, it, onTestFinished } from 'vitest';
import { createKeyedCalls } from '../../src/otp/keyed-calls.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { createCodes } from './codes.js';

const HOUR_MS = 60 * 60_000;

it.each(DATABASES)('a stranger leaves half of the places to callers with keys, on %s', async (kind) => {
  const database = await openTestDatabase(kind);
  const codes = createCodes(database);
  onTestFinished(async () => {
    await codes.stop();
    await database.close();
  });
  const number = (at: number) => `+2010012${String(at).padStart(5, '0')}`;
  const signUp = async (at: number) => {
    const code = await codes.issuer.reserve({
      caller: 'contract:phone',
      contact: { kind: 'phone', value: number(at) },
      purpose: 'phone-register',
      length: 5,
      ttlMs: 300_000,
      silent: false,
      anonymous: true,
    });
    const joined = await database.store.transaction().execute(code.enqueueIn);
    joined.committed();
    code.release();
  };
  const outcomes = async (count: number, act: (at: number) => Promise<unknown>) => {
    const all: string[] = [];
    for (let at = 0; at < count; at++) {
      all.push(
        await act(at).then(
          () => 'ok',
          (error) => error.code,
        ),
      );
    }
    return all;
  };

  // Nobody with a key has been here: all places are for whoever comes.
  const alone = (await outcomes(60, signUp)).filter((outcome) => outcome === 'ok').length;
  await database.store.deleteFrom('jobs').execute();
  await codes.stop();
  const next = createCodes(database, { clock: codes.clock });
  await next.request(null, { recipient: number(999) });
  const issuer = next.issuer;
  Object.assign(codes, { issuer });
  const beside = (await outcomes(60, signUp)).filter((outcome) => outcome === 'ok').length;
  expect(beside).toBeGreaterThan(2);
  expect(beside).toBeLessThanOrEqual(Math.ceil(alone / 2));
  const keyed = await outcomes(Math.min(12, alone - beside - 1), (at) =>
    next.request(null, { recipient: number(500 + at) }),
  );
  expect(keyed.length).toBeGreaterThan(2);
  expect(new Set(keyed)).toEqual(new Set(['ok']));
  await next.stop();
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
