import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { forgetRecipients } from '../../src/delivery/operators/forget-recipients.js';
import { createJobSearch } from '../../src/delivery/search/search.js';
import { createSearchIndex } from '../../src/delivery/search/search-index.js';
import { unmarkRecipients } from '../../src/delivery/search/unmark.js';
import { newCode } from '../otp/writing-first/codes.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { codeHash } from '../support/secrets.js';
import { shapesIn } from '../support/shapes.js';
import { createWorld, EVERYTHING, type World } from './world.js';

const HERS = '+201001234567';
const OTHER = '+4930901820';
const LOGIN = { purpose: 'phone-login', caller: 'contract:phone' };

describe.each(DATABASES)('messages to somebody whose account is deleted, on %s', (kind) => {
  let database: Database;
  let world: World;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    world = createWorld(database);
  });
  afterEach(() => database.close());

  const row = (id: number) =>
    database.store.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const forget = () =>
    database.store
      .transaction()
      .execute((trx) => forgetRecipients(trx, [HERS, '+201001234568'], world.clock.now()));

  it('that wait end, without their code; those of API callers go out', async () => {
    const waiting = await world.add(HERS, LOGIN);
    const keyed = await world.add(HERS);
    const others = await world.add(OTHER, LOGIN);
    await forget();
    expect(await row(waiting)).toMatchObject({
      status: 'failed',
      error_code: 'account_deleted',
      recipient: '',
      body: null,
    });
    expect((await world.jobs.find(waiting))?.phoneNumber).toBeNull();
    expect(await row(keyed)).toMatchObject({ status: 'pending', recipient: HERS });
    expect(await row(others)).toMatchObject({ status: 'pending', recipient: OTHER });
  });

  it('have no code left behind them; verifications go on', async () => {
    const { store } = database;
    const { id: code } = await newCode(store, world.clock, { contact: HERS, purpose: LOGIN.purpose });
    const { id: others } = await newCode(store, world.clock, { contact: HERS });
    const [login, verifying] = [
      await world.add(HERS, { ...LOGIN, codeId: code }),
      await world.add(HERS, { purpose: 'verification', codeId: others }),
    ];
    for (const [code_id, job_id] of [
      [code, login],
      [others, verifying],
    ] as const) {
      const attempt = { place: 1, channel: 'whatsapp', cause: 'start' as const, at: 0, error: null };
      await store
        .insertInto('code_attempts')
        .values({ id: code_id, code_id, job_id, ...attempt })
        .execute();
    }
    await forget();
    const ids = async (table: 'codes' | 'code_attempts') =>
      (await store.selectFrom(table).select('id').execute()).map(({ id }) => id);
    expect([await ids('codes'), await ids('code_attempts')]).toEqual([[others], [others]]);
    expect(await row(login)).toMatchObject({ status: 'failed', recipient: '', body: null });
    expect(await row(verifying)).toMatchObject({ status: 'pending', recipient: HERS });
  });

  it('that are under way come to their end, and leave nothing of the number behind', async () => {
    const [accepted, released] = [await world.add(HERS, LOGIN), await world.add('+201001234568', LOGIN)];
    const jobs = [await world.claim(), await world.claim()];
    await forget();
    const [first, second] = jobs.sort((one, other) => one.id - other.id);
    if (!first || !second) throw new Error('nothing was claimed');
    await world.receipt(first, 'accepted');
    const release = { kind: 'release' as const, runAt: world.clock.now(), counted: true };
    await world.queue.complete(second, release, null);
    expect(await row(accepted)).toMatchObject({ status: 'sent', recipient: '' });
    expect(await row(released)).toMatchObject({ status: 'failed', recipient: '' });
    expect(await database.store.selectFrom('recipients').selectAll().execute()).toEqual([]);
  });

  it('cannot be retried, nor asked for by anybody', async () => {
    const id = await world.add(HERS, LOGIN);
    const job = await world.claim();
    await world.fail(job);
    expect((await world.jobs.find(id))?.retry).toBe('possible');
    await forget();
    await expect(world.jobs.retry(id)).rejects.toMatchObject({ code: 'job_not_retryable' });
    expect(await world.jobs.bulk({ ...EVERYTHING, status: 'failed' })).toMatchObject({ retryable: 0 });
  });

  it.each([
    ['blocks', 16],
    ['volumes', 2],
  ])('leave the search, out of its %s, too', async (_, volumeBlocks) => {
    const sizes = { blockJobs: 2, volumeBlocks };
    const at = world.clock.now();
    const jobs = [HERS, OTHER, HERS, HERS, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER];
    await world.fill(jobs.map((recipient) => ({ status: 'sent', createdAt: at, recipient })));
    const isHers = database.store.selectFrom('jobs').select('id').where('recipient', '=', HERS);
    const gone = (await isHers.execute()).map(({ id }) => id);
    await world.clock.advance(60_000);
    const { step } = createSearchIndex({ database, clock: world.clock, sizes });
    while (await step());
    const search = createJobSearch({ database, shapes: shapesIn(database.store), codeHash, sizes });
    const find = async (q: string) => (await search.find(q, EVERYTHING)).ids.length;
    expect([await find('1234567'), await find('4930901820')]).toEqual([3, 7]);

    await unmarkRecipients(
      database.store,
      gone.map((id) => ({ id, recipient: HERS })),
      sizes,
    );
    expect([await find('1234567'), await find('4930901820')]).toEqual([0, 7]);
    const marks = await database.store.selectFrom('search_marks').select('mark').execute();
    const bound = await database.store.selectFrom('search_volumes').select('mark').execute();
    expect([...marks, ...bound].filter(({ mark }) => mark === '123')).toEqual([]);
    while (await step());
  });
});
