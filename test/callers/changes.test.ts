import { describe, expect, it } from 'vitest';
import { readKeyOrder } from '../../src/callers/key-order.js';
import { createKeys } from '../../src/callers/keys.js';
import { DATABASES } from '../support/databases.js';
import { BY, createWorld } from './world.js';

const HOUR = 3_600_000;

describe.each(DATABASES)('a change of a key, on %s', (kind) => {
  it('stands in the audit log: who made it, from where, and of which key', async () => {
    const { make, keys, database } = await createWorld(kind);
    const { id } = await make({ name: 'Web shop', scopes: 'otp:send otp:read' });
    const other = { actor: 'cli', address: 'root@server' };
    await keys.rotate(id, HOUR, other);
    await keys.revoke(id, BY);
    await keys.revoke(id, BY);
    await expect(keys.rotate(id, HOUR, BY)).rejects.toMatchObject({ code: 'key_revoked' });
    const entries = await database.store
      .selectFrom('audit_log')
      .select(['actor', 'address', 'action', 'target', 'detail'])
      .orderBy('id')
      .execute();
    const target = `key ${id}`;
    expect(entries).toEqual([
      { ...BY, action: 'key_created', target, detail: 'Web shop (otp:send, otp:read)' },
      { ...other, action: 'key_rotated', target, detail: 'Web shop' },
      { ...BY, action: 'key_revoked', target, detail: 'Web shop' },
    ]);
  });

  it('tells what became of the key', async () => {
    const { make, keys, clock } = await createWorld(kind);
    const { id } = await make();
    const { view } = await keys.rotate(id, HOUR, BY);
    expect(view).toEqual(await keys.find(id));
    expect(view).toMatchObject({ rotatedAt: clock.now(), formerUntil: clock.now() + HOUR });
    const revoked = { ...view, state: 'revoked', revokedAt: clock.now(), formerUntil: null };
    expect(await keys.revoke(id, BY)).toEqual({ isNews: true, view: revoked });
    expect(await keys.revoke(id, BY)).toEqual({ isNews: false, view: revoked });
  });

  it('does not take place when it cannot be recorded', async () => {
    const { make, row, whose, database, clock } = await createWorld(kind);
    const { id, key } = await make();
    const before = await row(id);
    const keys = createKeys({
      store: database.store,
      clock,
      audit: { recordIn: () => Promise.reject(new Error('the audit log is full')) },
    });
    const order = readKeyOrder({ name: 'second', scopes: 'otp:send' }, clock.now());
    for (const change of [
      () => keys.create(order, BY),
      () => keys.rotate(id, 0, BY),
      () => keys.revoke(id, BY),
    ]) {
      await expect(change()).rejects.toThrow('the audit log is full');
    }
    expect((await keys.list()).map(({ name }) => name)).toEqual(['shop']);
    expect(await row(id)).toEqual(before);
    expect(await whose(key)).toBe(`key:${id}`);
  });
});
