import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillJobs, SHAPES } from '../../bench/dashboard-fill.js';
import { type Database, type DatabaseSettings, openDatabase } from '../../database/connect.js';
import type { JobRow } from '../../database/schema.js';
import { systemClock } from '../../src/clock.js';
import type { SearchRange } from '../../src/delivery/search/range.js';
import { SLICE } from '../../src/delivery/search/rows.js';
import { createJobSearch, type Found, MAX_LOOKED_AT } from '../../src/delivery/search/search.js';
import { createSearchIndex } from '../../src/delivery/search/search-index.js';
import { DATABASES, newMigratedDatabase } from '../support/databases.js';
import { codeHash } from '../support/secrets.js';
import { shapesIn } from '../support/shapes.js';
import { counting } from './counted-rows.js';

const JOBS = 12_000;
/** Two volumes of the index, and some blocks. */
const SIZES = { blockJobs: 256, volumeBlocks: 16 };
const EVERYTHING: SearchRange = { status: null, from: null, to: null };
const HOUR_MS = 3_600_000;
/** The texts of messages and errors, how far the index is, where a time begins. */
const BESIDE = 50;

describe.each(DATABASES)('however many jobs there are, on %s', (kind) => {
  let settings: DatabaseSettings;
  let database: Database;
  let number: string;
  let everyJob: JobRow[];
  beforeAll(async () => {
    settings = await newMigratedDatabase(kind);
    database = await openDatabase(settings);
    for (const text of SHAPES) await shapesIn(database.store).idOf(text);
    await fillJobs(settings, codeHash, JOBS);
    const job = database.store.selectFrom('jobs').select('recipient').where('id', '=', 6_789);
    number = (await job.executeTakeFirstOrThrow()).recipient;
    everyJob = await database.store.selectFrom('jobs').selectAll().orderBy('id', 'desc').execute();
  }, 120_000);
  afterAll(() => database.close());

  const searchIn = (among: Pick<Database, 'store' | 'kind'>) =>
    createJobSearch({ database: among, shapes: shapesIn(among.store), codeHash, sizes: SIZES });

  const reads = (): [string, Partial<SearchRange>][] => {
    const from = Date.now() - 12 * 24 * HOUR_MS;
    return [
      [number, {}],
      [number.slice(-7), {}],
      ['+20 10', {}],
      ['4711', {}],
      ['verification code', {}],
      ['Your code is 4711.', {}],
      ['not registered on WhatsApp', {}],
      ['superseded', { from, to: from + 48 * HOUR_MS }],
      ['+2010', { status: 'failed' }],
      ['+2010', { status: 'expired' }],
      ['+2010', { status: 'sent', to: from }],
      ['newer code', { status: 'sent' }],
      ['47', {}],
      ['47', { status: 'failed' }],
      ['+20 10 9999 9999 9', {}],
      ['zebra', {}],
      ['+2010', { status: 'pending' }],
    ];
  };

  /** The ids that match, newest first, found without any search. */
  function expected(q: string, within: Partial<SearchRange>): number[] {
    const digits = /^\+?[\d ]+$/.test(q) ? q.replaceAll(' ', '') : null;
    const code = q.includes('4711') ? codeHash('4711') : null;
    const shape = SHAPES.findIndex((text) => text.toLowerCase().includes(q.toLowerCase())) + 1;
    const matching = everyJob.filter(
      (row) =>
        (within.status ?? row.status) === row.status &&
        row.created_at >= (within.from ?? 0) &&
        row.created_at < (within.to ?? Number.MAX_SAFE_INTEGER) &&
        (row.recipient.includes(digits ?? q) ||
          `${row.error_code} ${row.error_message}`.includes(q) ||
          (row.code_hash === code && (digits !== null || row.message_shape === 1)) ||
          row.message_shape === shape),
    );
    return matching.map(({ id }) => id);
  }

  describe.each([
    ['before the index is built', async () => {}],
    [
      'once it is',
      async () => {
        const { step } = createSearchIndex({ database, clock: systemClock, sizes: SIZES });
        while (await step());
      },
    ],
  ])('%s', (when, arrive) => {
    beforeAll(arrive, 120_000);

    it('a search looks at a bounded number of rows, a few in each turn, and says where it stopped', async () => {
      await counting(settings, database, async ({ database: counted, rows, mostInOneTurn }) => {
        const search = searchIn(counted);
        for (const [q, within] of reads()) {
          await rows();
          const { ids, rest } = await search.find(q, { ...EVERYTHING, ...within });
          const looked = await rows();
          expect(looked, `${q} ${JSON.stringify(within)}`).toBeLessThanOrEqual(MAX_LOOKED_AT + BESIDE);
          expect(ids, q).toEqual(expected(q, within).filter((id) => id > (rest ?? 0)));
        }
        expect(mostInOneTurn()).toBeLessThanOrEqual(2 * SLICE + BESIDE);
      });
    }, 120_000);

    it('a search that goes on where it stopped finds every job once', async () => {
      const search = searchIn(database);
      for (const [q, within] of reads()) {
        const ids: number[] = [];
        let found: Found = { ids: [], rest: Number.MAX_SAFE_INTEGER };
        while (found.rest !== null) {
          found = await search.find(q, { ...EVERYTHING, ...within, upTo: found.rest });
          ids.push(...found.ids);
        }
        expect(ids, q).toEqual(expected(q, within));
      }
    }, 120_000);

    it('what is rare is found at once', async () => {
      const { ids, rest } = await searchIn(database).find(number, EVERYTHING);
      expect([ids.length, rest === null]).toEqual(when === 'once it is' ? [1, true] : [0, false]);
    });

    it('it says how far the index is', async () => {
      const building = await searchIn(database).building();
      expect(building).toEqual(when === 'once it is' ? null : { upTo: 0, of: JOBS });
    });
  });
});
