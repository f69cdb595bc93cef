import { describe, expect, it, onTestFinished } from 'vitest';
import { cleanUpConversions } from '../../../src/otp/conversion/conversion.js';
import { createTestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { createVerifier } from './verify.js';

const CAIRO = '+201001234567';
const PARIS = '+33612345678';
const GUEST = 'guest@example.com';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe.each(DATABASES)('verifications on %s', (kind) => {
  async function scene() {
    const { store, close } = await openTestDatabase(kind);
    onTestFinished(close);
    const clock = createTestClock();
    const { start, conversion } = createVerifier(store, clock);
    return {
      store,
      clock,
      start,
      conversion,
      figures: (sinceMs = DAY) => conversion.figures(clock.now() - sinceMs),
    };
  }

  it('are counted by channel and by country, each once for a country and once for each of its channels', async () => {
    const { start, figures } = await scene();
    await start(CAIRO);
    const approve = await start(CAIRO, ['whatsapp', 'sms']);
    await approve();
    const other = await start(PARIS);
    await other();
    await start(GUEST, ['email']);
    expect(await figures()).toEqual({
      channels: [
        { channel: 'whatsapp', started: 3, approved: 1 },
        { channel: 'email', started: 1, approved: 0 },
        { channel: 'sms', started: 1, approved: 1 },
      ],
      countries: [
        {
          country: 'EG',
          started: 2,
          approved: 1,
          channels: [
            { channel: 'whatsapp', started: 2, approved: 0 },
            { channel: 'sms', started: 1, approved: 1 },
          ],
        },
        { country: '', started: 1, approved: 0, channels: [{ channel: 'email', started: 1, approved: 0 }] },
        {
          country: 'FR',
          started: 1,
          approved: 1,
          channels: [{ channel: 'whatsapp', started: 1, approved: 1 }],
        },
      ],
    });
  });

  it('that are approved count to the time when they were started, and without a send to nothing', async () => {
    const { start, figures, clock } = await scene();
    const approve = await start(CAIRO);
    const approveUnsent = await start(PARIS, []);
    await clock.advance(9 * MINUTE);
    await approve();
    await approveUnsent();
    expect((await figures()).channels).toEqual([{ channel: 'whatsapp', started: 1, approved: 1 }]);
    expect((await figures(MINUTE)).channels).toEqual([]);
  });

  it('are kept by five minutes, and for thirty days', async () => {
    const { start, store, clock } = await scene();
    await start(CAIRO);
    await clock.advance(4 * MINUTE);
    await start(CAIRO);
    await clock.advance(MINUTE);
    await start(CAIRO);
    const rows = () => store.selectFrom('conversions').select(['slot', 'started']).orderBy('slot').execute();
    expect((await rows()).map(({ started }) => started)).toEqual([2, 2, 1, 1]);
    await clock.advance(30 * DAY - 5 * MINUTE);
    await cleanUpConversions(store, clock.now());
    expect((await rows()).map(({ started }) => started)).toEqual([1, 1]);
  });

  it('that are not committed are not counted, and of a hundred at once none is lost', async () => {
    const { start, figures, store, conversion, clock } = await scene();
    const failing = store.transaction().execute(async (trx) => {
      await conversion.started(trx, {
        contact: CAIRO,
        channel: 'whatsapp',
        startedAt: clock.now(),
        isFirst: true,
      });
      throw new Error('not this one');
    });
    await expect(failing).rejects.toThrow('not this one');
    await Promise.all(Array.from({ length: 100 }, () => start(CAIRO)));
    expect((await figures()).channels).toEqual([{ channel: 'whatsapp', started: 100, approved: 0 }]);
  });
});
