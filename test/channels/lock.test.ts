import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { DATABASES } from '../support/databases.js';
import { openDelivery, type TestDelivery } from '../support/delivery.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { type Bench, createBench, inState, type RunningSender, writeFrom } from './sender.js';

const HOUR_MS = 3_600_000;
const PEOPLE = 100;
const friend = (at: number) => `+2010012340${String(at).padStart(2, '0')}`;
const stranger = (at: number) => `+2010056780${String(at).padStart(2, '0')}`;
const many = <T>(make: (at: number) => T) => Array.from({ length: PEOPLE }, (_, at) => make(at));

describe.each(DATABASES)('while WhatsApp keeps a number from strangers, on %s', (kind) => {
  let bench: Bench;
  let sender: RunningSender;
  let delivery: TestDelivery;
  beforeEach(async () => {
    bench = await createBench(kind);
    sender = await bench.paired();
    const settings = { minSendDelayMs: 0, maxSendDelayMs: 0 };
    delivery = openDelivery({ database: bench.database, sender, clock: systemClock, settings });
    await delivery.start();
  });
  afterEach(async () => {
    await delivery.stop();
    await bench.close();
  });

  const jobs = () =>
    bench.database.store.selectFrom('jobs').select(['recipient', 'status', 'error_code']).execute();

  it('a hundred people whose tokens it has get their codes; a hundred strangers are refused, and none is tried', async () => {
    for (const phone of many(friend)) bench.whatsapp.handset(phone).giveToken(GATEWAY);
    await until('the tokens are stored', async () => {
      const held = bench.database.store.selectFrom('recipients').select('token_at').execute();
      return (await held).filter(({ token_at }) => token_at !== null).length === PEOPLE;
    });
    // Those of the strangers wait when the lock comes; the others are asked for under it.
    await delivery.control.pause();
    await Promise.all(many(stranger).map((phone) => delivery.request(phone)));
    bench.whatsapp.phone(GATEWAY).restrict({ until: Date.now() + HOUR_MS });
    await inState(sender, 'RESTRICTED');
    await until('the strangers are refused', async () =>
      (await jobs()).every(({ error_code }) => error_code === 'reach_out_restricted'),
    );
    await delivery.control.resume();
    await expect(delivery.request(stranger(0))).rejects.toMatchObject({
      code: 'sender_restricted',
      options: { retryAfterSeconds: expect.closeTo(3_600, -2) },
    });
    await Promise.all(many(friend).map((phone) => delivery.request(phone)));
    await until('the others have theirs', () => bench.whatsapp.messages().length === PEOPLE, 60_000);
    const strangers = new Set(many(stranger));
    expect(bench.whatsapp.frames().filter(({ to }) => strangers.has(to))).toEqual([]);
    expect(bench.whatsapp.frames().every(({ hasToken }) => hasToken)).toBe(true);
  });

  it('a code that waits goes out at once when its person writes', async () => {
    bench.whatsapp.phone(GATEWAY).restrict({ until: Date.now() + 60_000 });
    await inState(sender, 'RESTRICTED');
    await delivery.request(stranger(1));
    await writeFrom(bench, stranger(1));
    await bench.whatsapp.waitForMessage(({ to }) => to === stranger(1), 60_000);
  });
});
