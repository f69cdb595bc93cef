import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { loadBaileys } from '../../src/channels/whatsapp/baileys/baileys.js';
import { createBaileysLog } from '../../src/channels/whatsapp/baileys/baileys-log.js';
import { keyOfFile } from '../../src/channels/whatsapp/session/import-session.js';
import { openSession, storedPhone } from '../../src/channels/whatsapp/session/session.js';
import { createSessionRows, SessionCorrupt } from '../../src/channels/whatsapp/session/session-rows.js';
import { createSessions } from '../../src/channels/whatsapp/session/sessions.js';
import { BAILEYS_LIFE } from '../../src/channels/whatsapp/token-life.js';
import { systemClock } from '../../src/clock.js';
import { silentLog } from '../../src/log.js';
import { createSealer } from '../../src/sealing.js';
import { DATABASES, newFolder, openTestDatabase } from '../support/databases.js';
import { GATEWAY } from '../support/product.js';
import { KEY, OTHER_KEY } from '../support/secrets.js';
import { until } from '../support/until.js';
import { type Bench, createBench, inState, message, statusWith } from './sender.js';

const rowsOf = (database: Database, account = 'default', key = KEY) =>
  createSessionRows(database.store, account, createSealer(key, 'whatsapp-session'));

describe.each(DATABASES)('the stored session on %s', (kind) => {
  let database: Database;
  beforeEach(async () => {
    database = await openTestDatabase(kind);
  });
  afterEach(() => database.close());

  async function open(account = 'default') {
    const corrupt: SessionCorrupt[] = [];
    const session = await openSession({
      baileys: await loadBaileys(),
      rows: rowsOf(database, account),
      clock: systemClock,
      log: silentLog,
      baileysLog: createBaileysLog(silentLog, 'silent'),
      tokenLife: () => BAILEYS_LIFE,
      onTokens: () => {},
      onCorrupt: (error) => corrupt.push(error),
    });
    return { session, corrupt };
  }

  async function pair(account = 'default') {
    const { session } = await open(account);
    session.creds.me = { id: '201000000001:3@s.whatsapp.net', name: 'x' };
    session.creds.account = { details: Buffer.from('details') };
    session.save();
    await session.saved();
    return session;
  }

  it('keeps nothing of an identity that is not linked', async () => {
    const { session } = await open();
    session.save();
    await session.saved();
    expect(await storedPhone(rowsOf(database))).toBeNull();
  });

  it('gives back the same identity and keys, as bytes', async () => {
    const before = await pair();
    await before.keys.set({
      'pre-key': { 1: { public: Buffer.from([1]), private: Buffer.from([2]) } },
      session: { '123_1.0': Buffer.from('signal') },
      'lid-mapping': { 201: '999', '999_reverse': '201' },
      'app-state-sync-key': { AAAA: { keyData: Buffer.from([7]), timestamp: 5 } },
    });
    const { session } = await open();
    expect(session.phone()).toBe('+201000000001');
    expect(session.creds.noiseKey.private).toEqual(before.creds.noiseKey.private);
    const keys = await session.keys.get('pre-key', ['1', '2']);
    expect(Buffer.from(keys['1']?.private ?? [])).toEqual(Buffer.from([2]));
    expect(keys['2']).toBeUndefined();
    expect((await session.keys.get('session', ['123_1.0']))['123_1.0']).toEqual(Buffer.from('signal'));
    expect((await session.keys.get('lid-mapping', ['201']))['201']).toBe('999');
    const sync = (await session.keys.get('app-state-sync-key', ['AAAA'])).AAAA;
    expect(Buffer.from(sync?.keyData ?? [])).toEqual(Buffer.from([7]));
  });

  it('replaces, deletes and survives a batch of a thousand', async () => {
    const session = await pair();
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, id) => [id, { public: Buffer.from('p'), private: Buffer.from('q') }]),
    );
    await session.keys.set({ 'pre-key': many });
    await session.keys.set({
      'pre-key': { 5: null, 6: { public: Buffer.from('r'), private: Buffer.from('s') } },
    });
    const { session: later } = await open();
    const keys = await later.keys.get('pre-key', Object.keys(many));
    expect(Object.keys(keys)).toHaveLength(999);
    expect(keys['5']).toBeUndefined();
    expect(Buffer.from(keys['6']?.public ?? [])).toEqual(Buffer.from('r'));
  });

  it('keeps accounts apart', async () => {
    await pair('default');
    expect(await storedPhone(rowsOf(database, 'second'))).toBeNull();
    await pair('second');
    await rowsOf(database, 'default').clear();
    expect(await storedPhone(rowsOf(database, 'second'))).toBe('+201000000001');
  });

  it('that is deleted while it is being opened does not come back', async () => {
    await pair();
    const sessions = createSessions({
      store: database.store,
      clock: systemClock,
      log: silentLog,
      baileysLog: createBaileysLog(silentLog, 'silent'),
      account: 'default',
      sealer: createSealer(KEY, 'whatsapp-session'),
      importDir: newFolder(),
      tokenLife: () => BAILEYS_LIFE,
      onTokens: () => {},
      onCorrupt: () => {},
    });
    await Promise.all([sessions.open(), sessions.discard()]);
    expect((await sessions.open()).session.isPaired()).toBe(false);
  });

  it('a retired session writes nothing any more', async () => {
    const session = await pair();
    await session.retire();
    await rowsOf(database).clear();
    await session.keys.set({ session: { a: Buffer.from('x') } });
    session.save();
    await session.saved();
    expect(await database.store.selectFrom('whatsapp_credentials').selectAll().execute()).toEqual([]);
  });

  it('nothing readable is stored, and a row moved to another name does not open', async () => {
    await pair();
    const [row] = await database.store.selectFrom('whatsapp_credentials').selectAll().execute();
    expect(Buffer.from(row?.value ?? '', 'base64').toString('latin1')).not.toContain('noiseKey');
    await database.store
      .insertInto('whatsapp_credentials')
      .values({ account: 'second', type: 'creds', id: 'creds', value: row?.value ?? '' })
      .execute();
    await expect(storedPhone(rowsOf(database, 'second'))).rejects.toThrow(SessionCorrupt);
  });

  it('reports a key that cannot be read', async () => {
    const before = await pair();
    await before.keys.set({ session: { a: Buffer.from('x') } });
    await database.store
      .updateTable('whatsapp_credentials')
      .set({ value: 'damaged' })
      .where('type', '=', 'session')
      .execute();
    const { session, corrupt } = await open();
    await expect(session.keys.get('session', ['a'])).rejects.toThrow(SessionCorrupt);
    expect(corrupt).toHaveLength(1);
  });
});

describe('a session that cannot be read', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench();
    await bench.paired();
  });
  afterEach(() => bench.close());

  const stored = () =>
    bench.database.store
      .selectFrom('whatsapp_credentials')
      .selectAll()
      .orderBy('type')
      .orderBy('id')
      .execute();

  it('under another key: stops, tells, keeps every byte, and works again under the right one', async () => {
    const wrong = await bench.sender({ encryptionKey: OTHER_KEY });
    const before = await stored();
    const attempts = bench.whatsapp.connectionAttempts().length;
    expect(wrong.status()).toMatchObject({ need: 'session_corrupt', paired: false });
    expect(wrong.status().detail).toContain('ENCRYPTION_KEY');
    await until('a trouble is told', () => wrong.troubles.length > 0);
    expect(wrong.troubles.map((trouble) => trouble?.kind)).toEqual(['session_corrupt']);
    await wrong.reload();
    expect(wrong.qrs).toEqual([]);
    expect(bench.whatsapp.connectionAttempts()).toHaveLength(attempts);
    expect(await stored()).toEqual(before);
    await inState(await bench.sender(), 'READY');
  });

  it('is given up only when an operator logs out', async () => {
    await bench.database.store.updateTable('whatsapp_credentials').set({ value: 'damaged' }).execute();
    const sender = await bench.sender();
    await until('a trouble is told', () => sender.troubles.length > 0);
    await sender.logout();
    await inState(sender, 'QR_REQUIRED');
  });

  it('stops in the middle of a run when a key turns out to be damaged', async () => {
    await bench.database.store
      .updateTable('whatsapp_credentials')
      .set({ value: 'damaged' })
      .where('type', '!=', 'creds')
      .execute();
    const sender = await bench.sender();
    expect(sender.status()).toMatchObject({ paired: true, need: null });
    expect(
      await statusWith(sender, 'session_corrupt', ({ need }) => need === 'session_corrupt'),
    ).toMatchObject({
      state: 'DISCONNECTED',
    });
    expect(sender.troubles.at(-1)?.kind).toBe('session_corrupt');
  });
});

describe('the session of an earlier installation', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await createBench();
  });
  afterEach(() => bench.close());

  /** Writes the stored session as the files of Baileys' multi-file state, and clears the store. */
  async function moveToFiles(): Promise<string> {
    const sender = await bench.paired();
    await sender.stop();
    const folder = newFolder();
    const rows = await bench.database.store.selectFrom('whatsapp_credentials').selectAll().execute();
    const open = rowsOf(bench.database);
    for (const { type, id } of rows) {
      const text = (await open.read(type, [id])).get(id) ?? '';
      const name = type === 'creds' ? 'creds' : `${type}-${id}`;
      writeFileSync(join(folder, `${name.replaceAll('/', '__').replaceAll(':', '-')}.json`), text);
    }
    await open.clear();
    return folder;
  }

  it('is taken over once, without a new scan', async () => {
    const importDir = await moveToFiles();
    writeFileSync(join(importDir, 'session-broken_1.0.json'), '');
    const sender = await bench.sender({ settings: { importDir } });
    expect(sender.status()).toMatchObject({ paired: true, me: GATEWAY });
    await inState(sender, 'READY');
    await sender.send(message());
    expect(sender.qrs).toEqual([]);
    const status = await bench.database.store
      .selectFrom('service_status')
      .selectAll()
      .executeTakeFirstOrThrow();
    expect(status.session_imported_at).toBeGreaterThan(0);

    await sender.logout();
    const next = await bench.sender({ settings: { importDir } });
    expect(next.status().paired).toBe(false);
    await inState(next, 'QR_REQUIRED');
  });

  it.each(['', '{"me":{"id":"2010'])('with damaged creds (%j) stops until it is given up', async (creds) => {
    const importDir = newFolder();
    writeFileSync(join(importDir, 'creds.json'), creds);
    const sender = await bench.sender({ settings: { importDir } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sender.reload();
    await expect(sender.requestPairingCode(GATEWAY)).rejects.toMatchObject({ code: 'sender_unavailable' });
    expect(sender.status()).toMatchObject({ state: 'DISCONNECTED', need: 'session_corrupt', qr: null });
    expect(sender.status().detail).toContain('creds.json');
    expect(sender.troubles.map((trouble) => trouble?.kind)).toEqual(['session_corrupt']);
    expect(bench.whatsapp.connectionAttempts()).toHaveLength(0);
    await sender.logout();
    await inState(sender, 'QR_REQUIRED');
    await inState(await bench.sender({ settings: { importDir } }), 'QR_REQUIRED');
  });

  it('with damaged creds goes on once they are restored', async () => {
    const importDir = await moveToFiles();
    const file = join(importDir, 'creds.json');
    const creds = readFileSync(file);
    writeFileSync(file, '');
    const sender = await bench.sender({ settings: { importDir } });
    await sender.reload();
    expect(sender.status().need).toBe('session_corrupt');
    writeFileSync(file, creds);
    await sender.reload();
    expect(await inState(sender, 'READY')).toMatchObject({ me: GATEWAY, need: null });
  });

  it.each([
    ['pre-key-12.json', 'pre-key', '12'],
    ['session-201_1.0.json', 'session', '201_1.0'],
    ['sender-key-1@g.us--2--0.json', 'sender-key', '1@g.us::2::0'],
    ['sender-key-memory-1@g.us.json', 'sender-key-memory', '1@g.us'],
    ['app-state-sync-key-AA__B=.json', 'app-state-sync-key', 'AA/B='],
    ['app-state-sync-version-critical_block.json', 'app-state-sync-version', 'critical_block'],
    ['tctoken-__index.json', 'tctoken', '__index'],
    ['lid-mapping-999_reverse.json', 'lid-mapping', '999_reverse'],
  ])('%s is a key', (file, type, id) => expect(keyOfFile(file)).toEqual({ type, id }));

  it.each(['creds.json', 'notes.txt', 'pre-key-1.json.tmp'])('%s is none', (file) =>
    expect(keyOfFile(file)).toBeNull(),
  );
});
