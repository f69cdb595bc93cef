import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReach } from '../../src/channels/whatsapp/people/reach.js';
import { createRecipients } from '../../src/channels/whatsapp/people/recipients.js';
import { silentLog } from '../../src/log.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES } from '../support/databases.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import {
  type Bench,
  createBench,
  failureOf,
  inState,
  message,
  type RunningSender,
  STRANGER,
} from './sender.js';

const DAY_MS = 24 * 60 * 60_000;
const WEEK_MS = 7 * DAY_MS;
/** Brazil's ninth digit: WhatsApp writes this number without it. */
const WRITTEN = '+5511912345678';
const CALLED = '+551112345678';

describe.each(DATABASES)('whom a number may write to, on %s', (kind) => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench(kind);
  });
  afterEach(() => bench.close());

  const known = (recipient: string) =>
    bench.database.store
      .selectFrom('recipients')
      .select(['lid', 'token_at', 'wrote_at', 'reachable_until'])
      .where('recipient', '=', recipient)
      .executeTakeFirst();

  function createPeople() {
    const { store } = bench.database;
    const clock = createTestClock();
    const deps = { store, clock, log: silentLog, account: 'default' };
    const reached: string[][] = [];
    const haveWritten: boolean[] = [];
    const reach = createReach(deps);
    reach.onReachable((phones, byWriting) => {
      reached.push(phones);
      haveWritten.push(byWriting);
    });
    return {
      clock,
      reach,
      reached,
      haveWritten,
      recipients: createRecipients(store, clock, 'default', () => {}),
    };
  }

  it('whoever wrote may be answered for a day, and whoever gave a token for as long as that lives', async () => {
    const { clock, reach, recipients, reached, haveWritten } = createPeople();
    const isReachable = async (phone: string) => (await recipients.find(phone)).isReachable;
    await reach.wrote({ phone: STRANGER, lid: '1@lid' }, clock.now());
    await reach.gave({ phone: WRITTEN, lid: null }, clock.now());
    expect(reached).toEqual([[STRANGER], [WRITTEN]]);
    expect(haveWritten).toEqual([true, false]);
    expect([await reach.hasToken(STRANGER), await reach.hasToken(WRITTEN)]).toEqual([false, true]);
    await clock.advance(DAY_MS);
    expect([await isReachable(STRANGER), await isReachable(WRITTEN)]).toEqual([false, true]);
    await clock.advance(27 * DAY_MS);
    expect([await isReachable(WRITTEN), await reach.hasToken(WRITTEN)]).toEqual([false, false]);
  });

  it('a token of 27, 29 or 100 days counts where the props say so', async () => {
    const { clock, reach, recipients } = createPeople();
    // The end of a bucket: a token of 27 days is in the fourth one, one of 29 days in the fifth.
    await clock.advance(WEEK_MS - (clock.now() % WEEK_MS) - 1);
    const ages = [20, 27, 29, 100];
    for (const age of ages) {
      await reach.gave(
        { phone: `+2010012345${String(age).padStart(3, '0')}`, lid: null },
        clock.now() - age * DAY_MS,
      );
    }
    const live = async () => {
      const found = await Promise.all(
        ages.map((age) => recipients.find(`+2010012345${String(age).padStart(3, '0')}`)),
      );
      return ages.filter((_, at) => found[at]?.isReachable);
    };
    expect(await live()).toEqual([20, 27]);
    await reach.setLife({ bucketMs: WEEK_MS, buckets: 26 });
    expect(await live()).toEqual(ages);
    await reach.setLife({ bucketMs: WEEK_MS, buckets: 3 });
    expect(await live()).toEqual([20]);
  });

  it('a person is within reach under every spelling, also when only the LID was known at first', async () => {
    const { clock, reach, recipients, reached } = createPeople();
    await recipients.remember(WRITTEN, { jid: `${CALLED.slice(1)}@s.whatsapp.net`, lid: '1@lid' });
    await reach.wrote({ phone: CALLED, lid: '1@lid' }, clock.now());
    expect(reached[0]?.sort()).toEqual([CALLED, WRITTEN].sort());
    expect((await recipients.find(WRITTEN)).isReachable).toBe(true);

    await reach.wrote({ phone: null, lid: '2@lid' }, clock.now());
    expect(reached).toHaveLength(1);
    await recipients.remember(STRANGER, { jid: `${STRANGER.slice(1)}@s.whatsapp.net`, lid: '2@lid' });
    expect((await recipients.find(STRANGER)).isReachable).toBe(true);
    expect(await known('2@lid')).toBeUndefined();
  });

  it('a thousand messages at once are noted in a few commits, each person once', async () => {
    const { clock, reach, reached } = createPeople();
    const person = (at: number) => `+20100${String(1_000_000 + at)}`;
    const writing = Array.from({ length: 1_000 }, (_, at) =>
      reach.wrote({ phone: person(at % 500), lid: null }, clock.now()),
    );
    await Promise.all(writing);
    expect(reached.length).toBeLessThanOrEqual(6);
    expect(new Set(reached.flat()).size).toBe(500);
  });

  it('another owner of the number has to write anew', async () => {
    const { clock, reach, recipients } = createPeople();
    const jid = `${STRANGER.slice(1)}@s.whatsapp.net`;
    await reach.wrote({ phone: STRANGER, lid: '1@lid' }, clock.now());
    await recipients.remember(STRANGER, { jid, lid: '1@lid' });
    expect((await recipients.find(STRANGER)).isReachable).toBe(true);
    await recipients.remember(STRANGER, { jid, lid: '2@lid' });
    expect((await recipients.find(STRANGER)).isReachable).toBe(false);
    await recipients.remember(STRANGER, { jid, lid: '1@lid' });
    await reach.gave({ phone: STRANGER, lid: '3@lid' }, clock.now());
    expect(await known(STRANGER)).toMatchObject({ lid: '3@lid', wrote_at: null });
  });

  describe('by what WhatsApp says', () => {
    let sender: RunningSender;
    beforeEach(async () => {
      sender = await bench.paired();
    });

    it('a message and a token are noted as they come in, and a lock lets that person through', async () => {
      await bench.whatsapp.handset(STRANGER).reply('hello', GATEWAY);
      await until('both are noted', async () => {
        const row = await known(STRANGER);
        return row?.wrote_at && row.token_at;
      });
      expect(await known(STRANGER)).toMatchObject({ lid: bench.whatsapp.handset(STRANGER).lid });
      expect(await sender.hasToken(STRANGER)).toBe(true);
      bench.whatsapp.phone(GATEWAY).restrict({ until: Date.now() + DAY_MS });
      await inState(sender, 'RESTRICTED');
      await sender.send(message());
      expect(bench.whatsapp.frames()).toMatchObject([{ to: STRANGER, hasToken: true }]);
      expect(await failureOf(sender.send(message('hello', '+201005555555')))).toMatchObject({
        failure: 'reach_out_restricted',
      });
      expect(bench.whatsapp.frames()).toHaveLength(1);
    });

    it('a token that is older than Baileys takes is sent as long as the props allow it', async () => {
      await bench.whatsapp.handset(STRANGER).giveToken(GATEWAY, Date.now() - 100 * DAY_MS);
      await until('it is stored', async () => (await known(STRANGER))?.token_at);
      expect(await sender.hasToken(STRANGER)).toBe(false);
      bench.whatsapp.tokens.buckets = 26;
      sender = await bench.sender();
      await until('it counts', () => sender.hasToken(STRANGER));
      bench.whatsapp.phone(GATEWAY).restrict({ until: Date.now() + DAY_MS });
      await inState(sender, 'RESTRICTED');
      await sender.send(message());
      await sender.send(message());
      expect(bench.whatsapp.frames()).toMatchObject([{ hasToken: true }, { hasToken: true }]);
      const at = (await known(STRANGER))?.token_at ?? 0;
      expect(Date.now() - at).toBeGreaterThan(99 * DAY_MS);
    });

    it('the tokens that a session of before holds are taken over at the start', async () => {
      await bench.whatsapp.handset(STRANGER).giveToken(GATEWAY);
      await until('it is stored', async () => (await known(STRANGER))?.token_at);
      await sender.stop();
      const { store } = bench.database;
      await store.updateTable('recipients').set({ token_at: null, reachable_until: null }).execute();
      await store.updateTable('service_status').set({ tokens_read_at: null }).execute();
      await bench.sender();
      expect((await known(STRANGER))?.token_at).toBeGreaterThan(0);
    });
  });
});
