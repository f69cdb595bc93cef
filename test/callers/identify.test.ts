import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newApiKey } from '../../src/callers/api-key.js';
import { SCOPES } from '../../src/callers/scopes.js';
import { DATABASES } from '../support/databases.js';
import { BY, createWorld, ENVIRONMENT_KEYS, HOME } from './world.js';

const HOUR = 3_600_000;
const altered = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');

describe.each(DATABASES)('on %s', (kind) => {
  it('both keys of the environment are one caller with every scope, and cost no look-up', async () => {
    const { identify, statements } = await createWorld(kind);
    const before = statements();
    for (const key of ENVIRONMENT_KEYS) {
      const caller = await identify(key, HOME);
      expect(caller?.id).toBe('env');
      expect([...(caller?.scopes ?? [])]).toEqual(SCOPES);
    }
    expect(statements()).toBe(before);
  });

  it('a key of the table is known by its secret, with its scopes', async () => {
    const { identify, make } = await createWorld(kind);
    const { id, key } = await make({ scopes: 'otp:read,otp:send' });
    const caller = await identify(key, HOME);
    expect(caller?.id).toBe(`key:${id}`);
    expect([...(caller?.scopes ?? [])]).toEqual(['otp:send', 'otp:read']);
  });

  it('what cannot be a key never reaches the database', async () => {
    const { whose, make, statements } = await createWorld(kind);
    const { key } = await make();
    const before = statements();
    for (const wrong of ['', 'wrong', altered(key), key.slice(1), `${key}0`, key.toLowerCase()]) {
      expect(await whose(wrong)).toBeNull();
    }
    expect(statements()).toBe(before);
  });

  it('another secret under the same id is nobody, and so is an id that there is not', async () => {
    const { whose, make, row } = await createWorld(kind);
    const { id } = await make();
    expect(await whose(newApiKey(id).key)).toBeNull();
    expect(await whose(newApiKey().key)).toBeNull();
    expect((await row(id)).last_used_at).toBeNull();
  });

  it('the table holds the SHA-256 of a key and nothing of its secret', async () => {
    const { make, row, keys } = await createWorld(kind);
    const { id, key } = await make();
    const stored = JSON.stringify(await row(id));
    expect(stored).toContain(createHash('sha256').update(key).digest('hex'));
    expect(stored).not.toContain(key.slice(14));
    const [view] = await keys.list();
    expect(JSON.stringify(view)).not.toMatch(/hash|[0-9a-f]{64}/);
  });

  it('a key is looked up once a second at the most', async () => {
    const { whose, make, statements, clock, idle } = await createWorld(kind);
    const { id, key } = await make();
    await whose(key);
    await idle();
    const before = statements();
    expect(await Promise.all([whose(key), whose(key)])).toEqual([`key:${id}`, `key:${id}`]);
    expect(statements()).toBe(before);
    await clock.advance(1_000);
    await whose(key);
    expect(statements()).toBe(before + 1);
  });

  it('a revoked key is refused at once, and a second later where another process revoked it', async () => {
    const { whose, make, keys, keysElsewhere, clock } = await createWorld(kind);
    const [one, other] = [await make(), await make()];
    await Promise.all([whose(one.key), whose(other.key)]);
    expect((await keys.revoke(one.id, BY)).isNews).toBe(true);
    expect(await whose(one.key)).toBeNull();

    await keysElsewhere.revoke(other.id, BY);
    await clock.advance(1_000);
    expect(await whose(other.key)).toBeNull();
    expect((await keys.revoke(other.id, BY)).isNews).toBe(false);
  });

  it('while a key is changed over both its secrets work, then only the new one', async () => {
    const { whose, make, keys, clock } = await createWorld(kind);
    const first = await make();
    const second = await keys.rotate(first.id, 24 * HOUR, BY);
    expect(second.id).toBe(first.id);
    expect(await whose(first.key)).toBe(`key:${first.id}`);
    expect(await whose(second.key)).toBe(`key:${first.id}`);
    expect((await keys.find(first.id)).formerUntil).toBe(clock.now() + 24 * HOUR);

    await clock.advance(24 * HOUR);
    expect(await whose(first.key)).toBeNull();
    expect(await whose(second.key)).toBe(`key:${first.id}`);
    expect((await keys.find(first.id)).formerUntil).toBeNull();
  });

  it('a second rotation ends the oldest secret at once; without an overlap the one before, too', async () => {
    const { whose, make, keys } = await createWorld(kind);
    const first = await make();
    const second = await keys.rotate(first.id, HOUR, BY);
    await Promise.all([whose(first.key), whose(second.key)]);
    const third = await keys.rotate(first.id, HOUR, BY);
    expect(await whose(first.key)).toBeNull();
    expect(await whose(second.key)).toBe(`key:${first.id}`);
    const fourth = await keys.rotate(first.id, 0, BY);
    expect(await Promise.all([second, third, fourth].map(({ key }) => whose(key)))).toEqual([
      null,
      null,
      `key:${first.id}`,
    ]);
  });

  it('revoking ends both secrets, and nothing brings the key back', async () => {
    const { whose, make, keys } = await createWorld(kind);
    const first = await make();
    const second = await keys.rotate(first.id, HOUR, BY);
    await keys.revoke(first.id, BY);
    expect([await whose(first.key), await whose(second.key)]).toEqual([null, null]);
    await expect(keys.rotate(first.id, HOUR, BY)).rejects.toMatchObject({ code: 'key_revoked' });
    expect(await whose(second.key)).toBeNull();
  });

  it('a key that is not there cannot be changed', async () => {
    const { keys } = await createWorld(kind);
    const acts = [
      () => keys.find('Nothing1'),
      () => keys.rotate('Nothing1', 0, BY),
      () => keys.revoke('Nothing1', BY),
    ];
    for (const act of acts) {
      await expect(act()).rejects.toMatchObject({ code: 'key_unknown' });
    }
  });

  it('a key ends when it was to end', async () => {
    const { whose, make, keys, clock } = await createWorld(kind);
    const { id, key } = await make({ expires: '1h' });
    await clock.advance(HOUR - 1);
    expect(await whose(key)).toBe(`key:${id}`);
    await clock.advance(1);
    expect(await whose(key)).toBeNull();
    expect((await keys.find(id)).state).toBe('expired');
  });

  it('a key with a list of addresses is refused from everywhere else', async () => {
    const { whose, make, row } = await createWorld(kind);
    const { id, key } = await make({ allowedIps: '198.51.100.0/24, 2001:db8::1' });
    expect(await whose(key, '192.0.2.1')).toBe('address_not_allowed');
    expect(await whose(key, '')).toBe('address_not_allowed');
    expect(await whose(key, null)).toBe('address_not_allowed');
    expect((await row(id)).last_used_at).toBeNull();
    expect(await whose(key, '198.51.100.9')).toBe(`key:${id}`);
    expect(await whose(key, '2001:db8::1')).toBe(`key:${id}`);
  });

  it('the last use is written down once a minute', async () => {
    const { whose, make, row, clock, idle } = await createWorld(kind);
    const { id, key } = await make();
    const used = async () => {
      await idle();
      const { last_used_at, last_used_ip } = await row(id);
      return [last_used_at, last_used_ip];
    };
    const firstAt = clock.now();
    await whose(key, '192.0.2.1');
    expect(await used()).toEqual([firstAt, '192.0.2.1']);
    await clock.advance(59_999);
    await whose(key, '192.0.2.2');
    expect(await used()).toEqual([firstAt, '192.0.2.1']);
    await clock.advance(1);
    await whose(key, '192.0.2.3');
    expect(await used()).toEqual([firstAt + 60_000, '192.0.2.3']);
  });

  it('the last use does not stay in the future when the clock is set back', async () => {
    const { whose, make, row, clock, idle } = await createWorld(kind);
    const { id, key } = await make();
    await whose(key);
    await idle();
    clock.step(-HOUR);
    await clock.advance(60_000);
    await whose(key);
    await idle();
    expect((await row(id)).last_used_at).toBe(clock.now());
  });

  it('a key is refused, and asked for again, when the database cannot be asked', async () => {
    const { identify, make, database } = await createWorld(kind);
    const { id, key } = await make();
    const executor = database.store.getExecutor();
    const { executeQuery } = executor;
    executor.executeQuery = () => Promise.reject(new Error('gone'));
    await expect(identify(key, HOME)).rejects.toThrow('gone');
    executor.executeQuery = executeQuery;
    expect((await identify(key, HOME))?.id).toBe(`key:${id}`);
  });
});
