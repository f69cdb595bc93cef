import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { JobStatus } from '../../database/schema.js';
import type { SearchRange } from '../../src/delivery/search/range.js';
import { createJobSearch } from '../../src/delivery/search/search.js';
import { createSearchIndex } from '../../src/delivery/search/search-index.js';
import type { IndexSizes } from '../../src/delivery/search/volumes.js';
import { createKeyedHash } from '../../src/sealing.js';
import { createCodes, PHONE } from '../otp/codes.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { codeHash, KEY, OTHER_KEY } from '../support/secrets.js';
import { shapesIn } from '../support/shapes.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const EVERYTHING: SearchRange = { status: null, from: null, to: null };

const OLD_JOB = {
  account: 'default',
  channel: 'whatsapp',
  purpose: 'gateway',
  recipient: '+4930901820',
  message_id: 'old',
  code_hash: 'hash',
  status: 'sent' as const,
  run_at: 1,
  created_at: 1,
  finished_at: 1,
  expires_at: 1,
};

interface Job {
  caller: string | null;
  recipient: string;
  code: string;
  message: string;
  status: JobStatus;
  error: [code: string, message: string] | null;
}

describe.each(DATABASES)('the search for jobs on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let messages: number;
  let sizes: IndexSizes;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    messages = 0;
    sizes = { blockJobs: 1, volumeBlocks: 16 };
  });
  afterEach(() => database.close());

  const index = () => createSearchIndex({ database, clock, sizes });
  async function find(q: string, within: Partial<SearchRange> = {}): Promise<number[]> {
    const search = createJobSearch({ database, shapes: shapesIn(database.store), codeHash, sizes });
    const { ids, rest } = await search.find(q, { ...EVERYTHING, ...within });
    expect(rest).toBeNull();
    return ids;
  }

  async function add(change: Partial<Job> = {}): Promise<number> {
    const { caller, recipient, code, message, status, error }: Job = {
      caller: null,
      recipient: '+201001234567',
      code: '9999',
      message: 'Your code is ••••.',
      status: change.error ? 'failed' : 'sent',
      error: null,
      ...change,
    };
    const open = status === 'pending' || status === 'processing';
    const { id } = await database.store
      .insertInto('jobs')
      .values({
        account: 'default',
        caller,
        channel: 'whatsapp',
        purpose: 'gateway',
        recipient,
        message_id: `message ${++messages}`,
        code_hash: codeHash(code),
        message_shape: await shapesIn(database.store).idOf(message),
        status,
        error_code: error?.[0] ?? null,
        error_message: error?.[1] ?? null,
        run_at: clock.now(),
        created_at: clock.now(),
        expires_at: clock.now() + 300_000,
        sent_at: status === 'sent' ? clock.now() : null,
        finished_at: open ? null : clock.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async function indexAll(): Promise<void> {
    await clock.advance(MINUTE_MS);
    const { step } = index();
    while (await step());
  }

  const progress = () => database.store.selectFrom('search_progress').selectAll().executeTakeFirstOrThrow();
  const indexed = async () => (await progress()).up_to;
  const volumes = async () => (await progress()).volumes;

  describe.each([
    ['not yet in the index', async () => {}],
    ['in the index', indexAll],
    [
      'in it in part',
      () => {
        sizes = { ...sizes, blockJobs: 2 };
        return indexAll();
      },
    ],
    [
      'in volumes of it',
      async () => {
        for (let n = 0; n < 40; n++) await add({ recipient: 'nobody', message: '-', code: '0' });
        await indexAll();
        await database.store.deleteFrom('jobs').where('recipient', '=', 'nobody').execute();
      },
    ],
  ])('finds jobs that are %s', (_, arrive) => {
    it('by any part of the phone number, however it is typed', async () => {
      const cairo = await add({ recipient: '+201001234567' });
      const berlin = await add({ recipient: '+4930901820' });
      await arrive();
      for (const q of ['+201001234567', '1234567', '+20 100 123-4567', '(100) 123', ' 100.123 ', '345']) {
        expect(await find(q), q).toEqual([cairo]);
      }
      for (const q of ['+49', '90', '+4930 901820']) expect(await find(q), q).toEqual([berlin]);
      expect(await find('0')).toEqual([berlin, cairo]);
      for (const q of ['+1234567', '20 100 9', '+4930 901820 1']) expect(await find(q), q).toEqual([]);
    });

    it('by its caller, and by anything else within its jobs', async () => {
      const shop = await add({ caller: 'key:shop' });
      const other = await add({ caller: 'key:shop', recipient: '+4930901820', code: '4711' });
      await add({ caller: 'key:shopping' });
      await add({ code: '4711' });
      await arrive();
      expect(await find('caller:key:shop')).toEqual([other, shop]);
      expect(await find('caller:key:shop +4930')).toEqual([other]);
      expect(await find('caller:key:shop 4711', { status: 'sent' })).toEqual([other]);
      expect(await find('caller:key:sho')).toEqual([]);
    });

    it('by the exact code, and by nothing less', async () => {
      const four = await add({ code: '4711' });
      const eight = await add({ code: '00471100' });
      await add({ code: '4712' });
      await arrive();
      expect(await find('4711')).toEqual([four]);
      expect(await find('00471100')).toEqual([eight]);
      for (const q of ['471', '04711', '47', '0047110']) expect(await find(q), q).toEqual([]);
    });

    it('by a number or a code as it was pasted', async () => {
      const mine = await add({ recipient: '+491713920001', code: '471108' });
      await add({ recipient: '+491713920002', code: '471109' });
      await arrive();
      const spellings = [
        '\u202a+49 171 3920001\u202c',
        '0171\u20113920001',
        '0049 (171) 392/0001',
        '٤٩١٧١٣٩٢٠٠٠١',
        '＋４９１７１３９２０００１',
        '1713920001\ufeff',
        '47\u00a011 08',
        '\u200b471108',
        '４７１１０８',
      ];
      for (const q of spellings) expect([q, await find(q)]).toEqual([q, [mine]]);
    });

    it('by an address with a domain in another script', async () => {
      const mine = await add({ recipient: 'asha@xn--e1afmkfd.xn--p1ai' });
      await add({ recipient: 'asha@example.com' });
      await arrive();
      for (const q of ['asha@ПРИМЕР.рф', '@пример.рф', 'пример.рф', 'Asha@xn--e1afmkfd']) {
        expect([q, await find(q)]).toEqual([q, [mine]]);
      }
    });

    it('by words of the message, in upper and lower case of any language', async () => {
      const english = await add({ message: 'Your code is ••••. Do not\nshare it!' });
      const german = await add({ message: 'Größe ist ••••: ÜBERPRÜFEN' });
      const emoji = await add({ message: '🔑 •••• 🔑' });
      await arrive();
      for (const q of ['your CODE', 'do not  share it', 'is ••••.']) {
        expect(await find(q), q).toEqual([english]);
      }
      for (const q of ['GRÖSSE', 'größe IST', 'überprüfen', 'u\u0308berpr']) {
        expect(await find(q), q).toEqual(q === 'GRÖSSE' ? [] : [german]);
      }
      for (const q of ['🔑', '🔑 •', '•••• 🔑']) expect(await find(q), q).toEqual([emoji]);
    });

    it('by the message as it was sent, with its code', async () => {
      const mine = await add({ code: '4711', message: 'Use •••• now; •••• is secret.' });
      await add({ code: '4712', message: 'Use •••• now; •••• is secret.' });
      await add({ code: '4711', message: 'Your code is ••••.' });
      await arrive();
      for (const q of ['Use 4711 now', 'use 4711 now; 4711 is', 'Use 4711 now; 4711 is secret.']) {
        expect(await find(q), q).toEqual([mine]);
      }
      for (const q of ['use 4713', 'Use 47111', 'Use 4711 later']) expect(await find(q), q).toEqual([]);
    });

    it('by the error, its code or its text', async () => {
      const unknown = await add({ error: ['not_on_whatsapp', 'This number is not registered on WhatsApp.'] });
      const refused = await add({ error: ['rejected_by_whatsapp', 'WhatsApp refused it (100% "sure", É).'] });
      await arrive();
      for (const q of ['REGISTERED', 'not_on_', 'is not registered on whatsapp']) {
        expect(await find(q), q).toEqual([unknown]);
      }
      for (const q of ['100%', '0% "su', '"sure", É', 'rejected_', 'it (1']) {
        expect(await find(q), q).toEqual([refused]);
      }
      expect(await find('whatsapp')).toEqual([refused, unknown]);
      for (const q of ['not%on', 'r_jected', '100_', 'registered refused'])
        expect(await find(q), q).toEqual([]);
    });

    it('newest first', async () => {
      const ids = [];
      for (let n = 0; n < 7; n++) ids.unshift(await add());
      await arrive();
      ids.unshift(await add(), await add());
      ids.sort((a, b) => b - a);
      for (const q of ['+2010', 'your code']) expect(await find(q), q).toEqual(ids);
    });

    it('within a status, a time and up to a job', async () => {
      const old = await add({ error: ['superseded', 'A newer code took its place.'] });
      await clock.advance(DAY_MS);
      const sent = await add();
      const failed = await add({ error: ['superseded', 'A newer code took its place.'] });
      const expired = await add({ status: 'expired', error: ['code_expired', 'The code expired.'] });
      const pending = await add({ status: 'pending' });
      const since = clock.now();
      await arrive();
      await clock.advance(DAY_MS);
      const later = await add({ status: 'processing' });
      for (const q of ['+201001', 'your code', '9999', '20']) {
        expect(await find(q, { status: 'failed' }), q).toEqual([failed, old]);
        expect(await find(q, { status: 'expired' }), q).toEqual([expired]);
        expect(await find(q, { status: 'sent' }), q).toEqual([sent]);
        expect(await find(q, { status: 'pending' }), q).toEqual([pending]);
        expect(await find(q, { status: 'processing' }), q).toEqual([later]);
        expect(await find(q, { from: since }), q).toEqual([later, pending, expired, failed, sent]);
        expect(await find(q, { from: since, to: since + 1 }), q).toEqual([pending, expired, failed, sent]);
        expect(await find(q, { to: since }), q).toEqual([old]);
        expect(await find(q, { from: since + 1, to: since + 9 }), q).toEqual([]);
        expect(await find(q, { from: clock.now() + DAY_MS }), q).toEqual([]);
        expect(await find(q, { upTo: failed }), q).toEqual([failed, sent, old]);
      }
    });

    it('whatever somebody types, and whatever stands in a job', async () => {
      const odd = await add({
        recipient: "+1<b>'--",
        error: ['internal', '"; DROP TABLE \\ jobs; #12345678 @1@ !f!'],
      });
      await arrive();
      for (const q of ["<B>'--", 'table \\ jobs', '"; drop', '\\ j', '@1@', '#12345678', '!f!', ' "; ']) {
        expect(await find(q), q).toEqual([odd]);
      }
      for (const q of ['"""', 'a AND b', 'NEAR(a b)', 'x*', '^abc', '-abc', '\ud83d\ud83d\ud83d', 'ab\0c']) {
        expect(await find(q), q).toEqual([]);
      }
      expect(await find('z'.repeat(5_000))).toEqual([]);
      expect(await find('7'.repeat(500))).toEqual([]);
      expect(await find('1234 '.repeat(100))).toEqual([]);
      expect(await find('drop\0 table')).toEqual([odd]);
      expect(await find('')).toEqual([odd]);
    });
  });

  it('finds a job by its new error at once, and no longer by an old one', async () => {
    const id = await add();
    const failedWith = (error_code: string | null, error_message: string | null) =>
      database.store
        .updateTable('jobs')
        .set({ error_code, error_message, status: error_code ? 'failed' : 'sent' })
        .execute();
    await failedWith('unreadable', 'The stored message cannot be read.');
    expect(await find('stored message', { status: 'failed' })).toEqual([id]);
    await failedWith('superseded', 'A newer code took its place.');
    expect(await find('stored message')).toEqual([]);
    expect(await find('newer code')).toEqual([id]);
    await indexAll();
    expect(await indexed()).toBe(id);
    expect(await find('newer code', { status: 'failed' })).toEqual([id]);
    // A receipt, however late.
    await failedWith(null, null);
    expect(await find('newer code')).toEqual([]);
    expect(await find('+20100', { status: 'failed' })).toEqual([]);
    for (const q of ['your code', '+20100']) expect(await find(q, { status: 'sent' }), q).toEqual([id]);
  });

  it('forgets a job that is deleted, and takes in what comes after it', async () => {
    const [first, second, third] = [await add(), await add(), await add()];
    await indexAll();
    await database.store.deleteFrom('jobs').where('id', 'in', [second, third]).execute();
    const fourth = await add();
    expect(await find('your code')).toEqual([fourth, first]);
    await indexAll();
    expect(await find('your code')).toEqual([fourth, first]);
  });

  it('the index takes in a block of jobs at a time and says when there may be more', async () => {
    sizes = { ...sizes, blockJobs: 3 };
    for (let n = 0; n < 7; n++) await add();
    await clock.advance(MINUTE_MS);
    const { step } = index();
    const answers = [await step(), await step(), await step(), await step()];
    expect(answers).toEqual([true, true, false, false]);
    expect(await indexed()).toBe(5);
  });

  it('the index waits until a job has ended and its code is gone: until then it may change', async () => {
    await add();
    const id = await add({ status: 'pending' });
    await add();
    await indexAll();
    expect(await indexed()).toBe(id - 1);
    const change = (values: { finished_at?: number; body: string | null }) =>
      database.store.updateTable('jobs').set(values).where('id', '=', id).execute();
    await change({ finished_at: clock.now(), body: 'sealed' });
    await indexAll();
    expect(await indexed()).toBe(id - 1);
    await change({ body: null });
    await indexAll();
    expect(await indexed()).toBe(id + 1);
  });

  it('the index passes over ids that are gone', async () => {
    const ids = [];
    for (let n = 0; n < 70; n++) ids.push(await add());
    await database.store.deleteFrom('jobs').where('id', '>', 3).where('id', '<', 68).execute();
    await indexAll();
    expect([await indexed(), await volumes()]).toEqual([70, 1]);
    expect(await find('your code')).toEqual([70, 69, 68, 3, 2, 1]);
  });

  it('errors beyond the first 500 are found, too', async () => {
    const numbered = (n: number) => ({ code: 'internal', message: `Number ${n}.` });
    await database.store
      .insertInto('search_errors')
      .values(Array.from({ length: 500 }, (_, n) => numbered(n)))
      .execute();
    const id = await add({ error: ['internal', 'Number 501.'] });
    await add();
    await indexAll();
    expect(await find('number 501')).toEqual([id]);
    expect(await find('number 50')).toEqual([id]);
    expect(await find('number 1')).toEqual([]);
  });

  it('two that index at once lose nothing and do nothing twice', async () => {
    const ids = [];
    for (let n = 0; n < 40; n++) ids.unshift(await add());
    await clock.advance(MINUTE_MS);
    const [one, other] = [index(), index()];
    await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? one : other).step()));
    while (await one.step());
    expect([await indexed(), await volumes()]).toEqual([40, 2]);
    expect(await find('your code')).toEqual(ids);
  });

  it('jobs of before the encryption key was replaced are found by their code while the previous key is given', async () => {
    const ids = [await add({ code: '4711' }), await add({ code: '4711', status: 'pending' })];
    await indexAll();
    const shapes = shapesIn(database.store);
    const findUnder = async (previous: string | null, q: string) => {
      const hash = createKeyedHash(OTHER_KEY, 'code', previous);
      const search = createJobSearch({ database, shapes, codeHash: hash, sizes });
      return (await search.find(q, EVERYTHING)).ids.sort();
    };
    for (const q of ['4711', 'Your code is 4711.']) {
      expect(await findUnder(KEY, q)).toEqual(ids);
      expect(await findUnder(null, q)).toEqual([]);
    }
  });

  it('one or two characters are looked for, too', async () => {
    const id = await add({ recipient: '+4930901820' });
    await indexAll();
    expect(await find('49')).toEqual([id]);
    expect(await find('(49)')).toEqual([id]);
    expect(await find('50')).toEqual([]);
  });
});

describe('on PostgreSQL, where several write at the same time', () => {
  let database: Database;
  let clock: TestClock;
  beforeEach(async () => {
    database = await openTestDatabase('postgres');
    clock = createTestClock();
  });
  afterEach(() => database.close());

  const sizes = { blockJobs: 1, volumeBlocks: 16 };
  const step = () => createSearchIndex({ database, clock, sizes }).step();
  const find = async (q: string) => {
    const search = createJobSearch({ database, shapes: shapesIn(database.store), codeHash, sizes });
    return (await search.find(q, EVERYTHING)).ids;
  };
  const upTo = async () =>
    (await database.store.selectFrom('search_progress').select('up_to').executeTakeFirstOrThrow()).up_to;
  const add = (id: number) =>
    database.store
      .insertInto('jobs')
      .values({
        id,
        account: 'default',
        channel: 'whatsapp',
        purpose: 'gateway',
        recipient: '+201001234567',
        message_id: `message ${id}`,
        code_hash: codeHash('4711'),
        status: 'sent',
        run_at: clock.now(),
        created_at: clock.now(),
        finished_at: clock.now(),
        expires_at: clock.now() + 300_000,
      })
      .execute();

  it('a job that has just come in waits, until none with a lower id can follow', async () => {
    await add(2);
    await step();
    expect(await upTo()).toBe(0);
    await add(1);
    await clock.advance(MINUTE_MS);
    await add(3);
    while (await step());
    expect(await upTo()).toBe(2);
    expect(await find('4711')).toEqual([3, 2, 1]);
  });
});

it('a running gateway finds a job at once, and takes it into the index once its life is over', async () => {
  const database = await openTestDatabase();
  const { clock, delivery, request } = createCodes(database);
  await delivery.start();
  // The last id of the first block is near.
  await database.store
    .insertInto('jobs')
    .values({ ...OLD_JOB, id: 1_022 })
    .execute();
  const { jobId, otp } = await request();
  expect(jobId).toBe(1_023);
  const search = createJobSearch({ database, shapes: shapesIn(database.store), codeHash });
  const upTo = async () =>
    (await database.store.selectFrom('search_progress').select('up_to').executeTakeFirstOrThrow()).up_to;
  for (const [minutes, expected] of [
    [0, 0],
    [1, 0],
    [6, 1_023],
  ] as const) {
    await clock.advance(minutes * MINUTE_MS);
    await expect.poll(upTo).toBe(expected);
    for (const q of [otp, PHONE, 'Your code is', `Your code is ${otp}.`]) {
      expect(await search.find(q, EVERYTHING), q).toEqual({ ids: [jobId], rest: null });
    }
  }
  const stopped = delivery.stop();
  await clock.advance(10_000);
  await stopped;
  await database.close();
});
