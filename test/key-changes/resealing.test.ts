import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createSessionRows } from '../../src/channels/whatsapp/session/session-rows.js';
import { createMessageShapes } from '../../src/delivery/message-shapes.js';
import { type KeyChanges, openKeyChanges } from '../../src/key-changes/index.js';
import { createResealing } from '../../src/key-changes/resealing.js';
import { nextSealed, partOf, SEALED_COLUMNS } from '../../src/key-changes/sealed-columns.js';
import { createSealing, SealBroken, type Sealing } from '../../src/sealing.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { KEY, OTHER_KEY } from '../support/secrets.js';
import { sources } from '../support/sources.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const SESSION_ROWS = 250;

/** Before the change, during it, and after it. */
const before = createSealing(KEY, null);
const during = createSealing(OTHER_KEY, KEY);
const after = createSealing(OTHER_KEY, null);

/** Sealed, but never stored by us. */
const IN_COOKIES = ['openid'];

it('every column that anything seals is known', () => {
  const used = sources.flatMap(({ path, code }) =>
    path.startsWith('src/app') ? [...code.matchAll(/\.sealer\('([\w-]+)'\)/g)].map(([, label]) => label) : [],
  );
  const known = [...SEALED_COLUMNS.map(({ label }) => label), ...IN_COOKIES];
  expect([...new Set(used)].sort()).toEqual([...new Set(known)].sort());
});

describe.each(DATABASES)('the stored values on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let lines: [level: string, message: string, fields: object][];
  const log = new Proxy({} as Parameters<typeof openKeyChanges>[0]['log'], {
    get: (_, level) => (message: string, fields: object) => lines.push([String(level), message, fields]),
  });

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    lines = [];
    await fill(before);
  });
  afterEach(() => database.close());

  /** A value of each kind as the program stores it, and enough of a session for several steps. */
  async function fill(sealing: Sealing): Promise<void> {
    const { store } = database;
    const now = clock.now();
    const times = { created_at: now, expires_at: now + HOUR_MS };
    const rows = createSessionRows(store, 'default', sealing.sealer('whatsapp-session'));
    await rows.write(
      Array.from({ length: SESSION_ROWS }, (_, at) => ({ type: 'pre-key', id: `${at}`, text: `key ${at}` })),
    );
    const [body, code] = [sealing.sealer('job-body'), sealing.hash('code')];
    await createMessageShapes({ store, sealer: body, hash: code }).idOf('Your code is ••••.');
    for (const at of [1, 2, 3]) {
      await sql`INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, run_at,
          created_at, expires_at, body)
        VALUES ('default', 'whatsapp', 'gateway', '+201001234567', ${`3EB0${at}`}, ${code('4711')}, 'pending', ${now},
          ${now}, ${now + HOUR_MS}, ${at === 3 ? null : body.seal(`body ${at}`, `3EB0${at}`)})`.execute(
        store,
      );
    }
    await store
      .insertInto('idempotency_keys')
      .values({
        id: 'key',
        request_hash: '',
        response: sealing.sealer('idempotency').seal('answer', 'key'),
        ...times,
      })
      .execute();
  }

  const TOTAL = SESSION_ROWS + 1 + 2 + 1;

  /** What is stored, as these keys open it; a value that they do not open is null. */
  async function readWith(sealing: Sealing): Promise<(string | null)[]> {
    const values: (string | null)[] = [];
    for (const column of SEALED_COLUMNS) {
      for (const row of await nextSealed(database.store, column, null, 1_000)) {
        values.push(openOrNull(sealing, column.label, row));
      }
    }
    return values;
  }

  function openOrNull(
    sealing: Sealing,
    label: string,
    { sealed, context }: Record<'sealed' | 'context', string>,
  ) {
    try {
      return sealing.sealer(label).open(sealed, context);
    } catch (error) {
      if (error instanceof SealBroken) return null;
      throw error;
    }
  }

  const open = () =>
    openKeyChanges({
      database,
      clock,
      log,
      sealing: during,
      replaced: [{ variable: 'ENCRYPTION_KEY', present: OTHER_KEY, previous: KEY }],
      livesMs: { ENCRYPTION_KEY: HOUR_MS, JWT_SECRET: 7 * 24 * HOUR_MS },
    });

  /** Moves the time on until it is so. */
  const untilSo = (what: string, ms: number, isSo: () => Promise<boolean | undefined> | boolean) =>
    until(what, async () => {
      const so = await isSo();
      if (!so) await clock.advance(ms);
      return so;
    });
  const allSealed = (changes: KeyChanges) =>
    untilSo('all is sealed', 100, async () => (await changes.progress())[0]?.sealed.isDone);

  const progress = () => database.store.selectFrom('resealed').selectAll().orderBy('part').execute();
  const sealedAnew = async () => (await readWith(after)).filter((value) => value !== null).length;

  it('are all sealed anew, over a restart, and are the same as before', async () => {
    const plain = await readWith(before);
    expect(plain).toHaveLength(TOTAL);
    expect(plain).not.toContain(null);

    const first = await open();
    first.start();
    // The jobs, and the first hundred of the session.
    await untilSo('the first steps', 100, async () => (await sealedAnew()) >= 102);
    await first.stop();
    const done = await sealedAnew();
    expect(done).toBeLessThan(TOTAL);
    expect(await readWith(during)).toEqual(plain);
    const seen = (await progress()).reduce((sum, row) => sum + row.seen, 0);

    const second = await open();
    expect((await second.progress()).map(({ sealed }) => sealed.seen)).toEqual([seen]);
    second.start();
    await allSealed(second);
    expect(await readWith(after)).toEqual(plain);
    expect((await readWith(before)).filter((value) => value !== null)).toEqual([]);
    // Nothing was looked at twice.
    expect(await second.progress()).toMatchObject([
      { isDone: false, sealed: { total: TOTAL, seen: TOTAL, unreadable: 0, isDone: true } },
    ]);
    await second.stop();
  });

  it('are told to be done once, when no code of before is good any more', async () => {
    const changes = await open();
    changes.start();
    await allSealed(changes);
    const told = () => lines.filter(([, message]) => message.includes('may be removed'));
    clock.step(HOUR_MS - 10_000);
    await clock.advance(5_000);
    expect(told()).toEqual([]);
    await untilSo('it is told', 60_000, () => told().length > 0);
    expect(clock.now()).toBeGreaterThanOrEqual(changes.usedUntil('ENCRYPTION_KEY') ?? Infinity);
    expect(await changes.progress()).toMatchObject([{ isDone: true }]);
    await changes.stop();

    const again = await open();
    again.start();
    await clock.advance(120_000);
    await again.stop();
    expect(told()).toEqual([
      [
        'info',
        'ENCRYPTION_KEY is replaced: ENCRYPTION_KEY_PREVIOUS may be removed',
        { variable: 'ENCRYPTION_KEY' },
      ],
    ]);
    expect(lines.filter(([, message]) => message.includes('is being replaced'))).toHaveLength(1);
  });

  it('that open with neither key are counted, told and kept', async () => {
    const { store } = database;
    const damaged = { account: 'default', type: 'session', id: 'damaged', value: 'bm90IHNlYWxlZA==' };
    await store.insertInto('whatsapp_credentials').values(damaged).execute();
    const changes = await open();
    changes.start();
    await allSealed(changes);
    clock.step(HOUR_MS);
    await untilSo('it is told', 60_000, () => lines.some(([level]) => level === 'warn'));
    await changes.stop();
    expect(await changes.progress()).toMatchObject([{ sealed: { seen: TOTAL + 1, unreadable: 1 } }]);
    expect(lines.filter(([level]) => level === 'warn')).toEqual([
      ['warn', expect.stringContaining('neither key opens'), { variable: 'ENCRYPTION_KEY', count: 1 }],
    ]);
    const kept = store.selectFrom('whatsapp_credentials').selectAll().where('id', '=', 'damaged');
    expect(await kept.execute()).toEqual([damaged]);
  });

  it('are counted once by two processes at the same work, and what is written meanwhile stays', async () => {
    await (await open()).stop();
    const { id } = await database.store.selectFrom('key_changes').select('id').executeTakeFirstOrThrow();
    const work = () => createResealing({ database, clock, sealing: during, change: id });
    const written = createSessionRows(database.store, 'default', during.sealer('whatsapp-session'));
    const [one, other] = [work(), work()];
    for (let at = 0; ; at++) {
      const [more] = await Promise.all([
        one.step(),
        other.step(),
        written.write([{ type: 'pre-key', id: `${at}`, text: `new ${at}` }]),
      ]);
      if (!more) break;
    }
    const rows = await progress();
    expect(rows.map(({ part }) => part)).toEqual(SEALED_COLUMNS.map(partOf).sort());
    expect(rows.reduce((sum, row) => sum + row.seen, 0)).toBe(TOTAL);
    const values = await readWith(after);
    expect(values).not.toContain(null);
    expect(values.filter((value) => value?.startsWith('new ')).length).toBeGreaterThan(2);
  });

  it('are forgotten as a change when the key of before is gone, and begin anew when it comes back', async () => {
    const first = await open();
    await clock.advance(5 * 60_000);
    const second = await open();
    expect(second.usedUntil('ENCRYPTION_KEY')).toBe(first.usedUntil('ENCRYPTION_KEY'));
    const livesMs = { ENCRYPTION_KEY: HOUR_MS, JWT_SECRET: HOUR_MS };
    const none = await openKeyChanges({ database, clock, log, sealing: after, replaced: [], livesMs });
    expect(none.usedUntil('ENCRYPTION_KEY')).toBeNull();
    expect(await none.progress()).toEqual([]);
    expect((await open()).usedUntil('ENCRYPTION_KEY')).toBe(clock.now() + HOUR_MS);
  });
});
