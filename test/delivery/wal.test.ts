import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import { createWalCutter } from '../../src/delivery/worker/wal-cutter.js';
import { createTestClock } from '../support/clock.js';
import { newFolder } from '../support/databases.js';

it('what was wiped leaves the -wal file as well, at most once a minute', async () => {
  const filename = join(newFolder(), 'app_data.db');
  const database = await openDatabase({ kind: 'sqlite', filename });
  onTestFinished(() => database.close());
  const clock = createTestClock(Date.now());
  const cut = createWalCutter(database, clock);
  const walSize = () => statSync(`${filename}-wal`).size;
  let writes = 0;
  // SQLite does not write what already stands there.
  const write = () =>
    database.store
      .insertInto('recipients')
      .values({ account: 'a', recipient: '+201001234567', jid: null, lid: null, checked_at: ++writes })
      .onConflict((conflict) =>
        conflict.columns(['account', 'recipient']).doUpdateSet({ checked_at: writes }),
      )
      .execute();

  await write();
  await cut(0);
  expect(walSize()).toBeGreaterThan(0);
  await cut(1);
  expect(walSize()).toBe(0);

  await write();
  expect(walSize()).toBeGreaterThan(0);
  await clock.advance(59_999);
  await cut(1);
  expect(walSize()).toBeGreaterThan(0);
  await clock.advance(1);
  await cut(0);
  expect(walSize()).toBe(0);
  await write();
  await clock.advance(60_000);
  await cut(0);
  expect(walSize()).toBeGreaterThan(0);
});
