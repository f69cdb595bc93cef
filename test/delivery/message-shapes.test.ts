import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { composeMessage, composeShape } from '../../src/otp/code.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { openQueue } from '../support/queue.js';
import { shapesIn } from '../support/shapes.js';

const TEMPLATE = '{{code}} is your code for {{minutes}} min. Never share {{code}}.';

it('a shape is the message with a dot for each digit of its code', () => {
  expect(composeMessage(TEMPLATE, '047110', 300_000)).toBe(
    '047110 is your code for 5 min. Never share 047110.',
  );
  expect(composeShape(TEMPLATE, 6, 300_000)).toBe('•••••• is your code for 5 min. Never share ••••••.');
});

describe.each(DATABASES)('the shapes of messages on %s', (kind) => {
  let database: Database;
  beforeEach(async () => {
    database = await openTestDatabase(kind);
  });
  afterEach(() => database.close());

  const rows = () => database.store.selectFrom('message_shapes').selectAll().execute();

  it('the same text has the same number, however often and from how many processes it comes', async () => {
    const [one, other] = [shapesIn(database.store), shapesIn(database.store)];
    const ids = await Promise.all([one, other, one, other].map((shapes) => shapes.idOf('Code ••••')));
    expect(new Set(ids).size).toBe(1);
    expect(await shapesIn(database.store).idOf('Code ••••')).toBe(ids[0]);
    expect(await one.idOf('Code ••••••')).not.toBe(ids[0]);
    expect((await one.all()).map(({ text }) => text)).toEqual(['Code ••••', 'Code ••••••']);
    expect(JSON.stringify(await rows())).not.toContain('Code');
  });

  it('the longest message has one, whatever it is written in', async () => {
    const shapes = shapesIn(database.store);
    for (const letter of ['x', '码', '🔑']) {
      const characters = Array.from({ length: 1_000 / letter.length }, (_, at) =>
        at % 7 === 0 ? letter : String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000)),
      );
      const id = await shapes.idOf(characters.join('').slice(0, 1_000));
      expect(await shapesIn(database.store).idOf(characters.join('').slice(0, 1_000))).toBe(id);
    }
    expect(await rows()).toHaveLength(3);
  });

  function enqueueTo(store: Store) {
    return openQueue({ database: { kind, store }, clock: createTestClock() }).incoming;
  }

  const job = (recipient: string, text = 'Your code is {{code}}.') => ({
    purpose: 'gateway',
    recipient,
    code: '4711',
    text: composeMessage(text, '4711', 300_000),
    shape: composeShape(text, 4, 300_000),
    expiresAt: Date.parse('2026-01-01T00:05:00Z'),
    idempotency: null,
    caller: 'env',
    silent: false,
  });

  /** The jobs' bodies as they lie there, and the shapes that they belong to. */
  async function stored() {
    const jobs = await database.store
      .selectFrom('jobs')
      .select(['body', 'message_shape'])
      .orderBy('id')
      .execute();
    const shapes = shapesIn(database.store);
    return await Promise.all(
      jobs.map(async ({ body, message_shape }) => ({ body, text: await shapes.textOf(message_shape ?? 0) })),
    );
  }

  it('a job is stored with the shape of its message, and nothing readable of its code', async () => {
    const incoming = enqueueTo(database.store);
    await Promise.all([
      incoming.enqueue(job('+201001234567')),
      incoming.enqueue(job('+201001234568', '{{code}}!')),
      incoming.enqueue(job('+201001234569')),
    ]);
    const jobs = await stored();
    expect(jobs.map(({ text }) => text)).toEqual(['Your code is ••••.', '••••!', 'Your code is ••••.']);
    expect(JSON.stringify(jobs)).not.toMatch(/4711[.!]/);
  });

  it('a store that cannot keep the shape refuses the job, and takes it when it can again', async () => {
    let failing = true;
    const store = database.store.withPlugin({
      transformQuery({ node }) {
        if (failing) throw new Error('the disk is full');
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const incoming = enqueueTo(store);
    await expect(incoming.enqueue(job('+201001234567'))).rejects.toThrow('the disk is full');
    expect(await stored()).toEqual([]);
    failing = false;
    expect(await incoming.enqueue(job('+201001234567'))).toMatchObject({ kind: 'created' });
    expect(await stored()).toMatchObject([{ text: 'Your code is ••••.' }]);
  });
});
