import { describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';
import { contactOf, count, EMAIL, outcome, PHONE } from './world.js';

describe.each(DATABASES)('what operators do with accounts on %s', (kind) => {
  useWorld(kind);

  const people = [
    { phone: '+6281234567801', name: 'Asha Mehta', email: 'asha@example.com' },
    { phone: '+6281234567802', name: 'Rahul 100%', email: 'r_kumar@example.com' },
    { phone: '+6281234567803', name: 'Élodie', email: 'elodie+tag@example.com' },
    { phone: '+6281234567804', name: 'rkumar 100', email: 'xrxkumar@example.com' },
  ];

  async function fill(): Promise<void> {
    for (const { phone, email, name } of people) {
      await world.clock.advance(1_000);
      await world.signUp('whatsapp', { phone, email }, { name, password: null });
    }
  }

  const names = async (q: string) => {
    const { users } = await world.auth.users.list({ q }, 1, 100);
    return users.map(({ name }) => name).sort();
  };

  it('lists them newest first, a page at a time', async () => {
    await fill();
    const { list } = world.auth.users;
    expect((await list({}, 1, 3)).users.map(({ name }) => name)).toEqual([
      'rkumar 100',
      'Élodie',
      'Rahul 100%',
    ]);
    expect(await list({}, 2, 3)).toMatchObject({
      total: 4,
      page: 2,
      pageSize: 3,
      users: [{ name: 'Asha Mehta' }],
    });
    expect(await list({}, 99, 3)).toMatchObject({ page: 2 });
    expect(await list({ q: 'nobody' }, 1, 3)).toEqual({ users: [], total: 0, page: 1, pageSize: 3 });
  });

  it('lists only those with a phone where that is asked for', async () => {
    await world.signUp('cookie', { email: EMAIL });
    await world.signUp('phone', { phone: PHONE });
    const { users, total } = await world.auth.users.list({ withPhone: true }, 1, 10);
    expect([total, users.map(({ phone }) => phone)]).toEqual([1, [PHONE]]);
  });

  it.each<[string, string[]]>([
    ['asha', ['Asha Mehta']],
    ['ASHA@EXAMPLE', ['Asha Mehta']],
    ['100%', ['Rahul 100%']],
    ['%', ['Rahul 100%']],
    ['_', ['Rahul 100%']],
    ['r_kumar', ['Rahul 100%']],
    ['\\', []],
    ["'", []],
    ["' OR 1=1 --", []],
    ['a\0b', []],
    ['Élodie', ['Élodie']],
    ['lodie', ['Élodie']],
    ['+tag', ['Élodie']],
    ['+62 812-3456-7803', ['Élodie']],
    ['4567804', ['rkumar 100']],
    ['kumar', ['Rahul 100%', 'rkumar 100']],
    ['x803', []],
  ])('a search for %j finds %j', async (q, found) => {
    await fill();
    expect(await names(q)).toEqual(found);
  });

  it('shows no password, hash or epoch', async () => {
    const { id } = await world.signUp('cookie', { email: EMAIL });
    const { users } = await world.auth.users.list({}, 1, 10);
    const found = await world.auth.users.find(id);
    expect(found).toMatchObject({ hasPassword: true, identities: [], id, email: EMAIL });
    for (const shown of [JSON.stringify(users), JSON.stringify(found)]) {
      expect(shown).not.toMatch(/argon2|password_hash|token_epoch/);
    }
  });

  it('shows which providers an account signs in with', async () => {
    const { id } = await world.signUp('cookie', { email: EMAIL });
    await database.store
      .insertInto('identities')
      .values({ issuer: 'https://google.example', subject: '1', user_id: id, created_at: 1 })
      .execute();
    expect((await world.auth.users.find(id))?.identities).toEqual(['https://google.example']);
  });

  it('deactivating and reactivating happen once, however often and however many at once', async () => {
    const { id } = await world.signUp('phone', { phone: PHONE });
    const { deactivate, reactivate } = world.auth.users;
    expect(await reactivate(id)).toBe(false);
    const off = await Promise.all(Array.from({ length: 10 }, () => deactivate(id)));
    expect(off.filter(Boolean)).toHaveLength(1);
    expect(await world.user(id)).toMatchObject({ token_epoch: 1, deactivated_at: world.clock.now() });
    const on = await Promise.all(Array.from({ length: 10 }, () => reactivate(id)));
    expect(on.filter(Boolean)).toHaveLength(1);
    expect(await world.user(id)).toMatchObject({ token_epoch: 1, deactivated_at: null });
  });

  it('a deletion takes everything, and happens once', async () => {
    const { id } = await world.signUp('phone', { phone: PHONE });
    await world.auth.for('phone').signIn.requestCode(PHONE);
    await outcome(world.auth.for('phone').signIn.byCode(PHONE, 'wrong'));
    await database.store
      .insertInto('identities')
      .values({ issuer: 'https://google.example', subject: '1', user_id: id, created_at: 1 })
      .execute();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => outcome(world.auth.users.remove(id))),
    );
    expect(count(outcomes)).toEqual({ ok: 1, account_unknown: 9 });
    const { store } = database;
    expect(await store.selectFrom('users').selectAll().execute()).toEqual([]);
    expect(await store.selectFrom('identities').selectAll().execute()).toEqual([]);
    const rows = await store.selectFrom('challenges').select('subject').where('subject', '=', id).execute();
    expect(rows).toEqual([]);
    expect(await store.selectFrom('client_failures').selectAll().execute()).toEqual([]);
    await world.later();
    expect((await world.signUp('whatsapp', { phone: PHONE, email: EMAIL })).id).not.toBe(id);
  });

  it('an account that is not there is unknown', async () => {
    for (const id of ['x', 'a\0b', '']) {
      expect(await world.auth.users.find(id)).toBeNull();
      expect(await outcome(world.auth.users.deactivate(id))).toBe('account_unknown');
      expect(await outcome(world.auth.users.reactivate(id))).toBe('account_unknown');
      expect(await outcome(world.auth.users.remove(id))).toBe('account_unknown');
    }
  });

  it('a deactivated account keeps its phone and its address', async () => {
    const { id } = await world.signUp('cookie', { email: EMAIL });
    await world.auth.users.deactivate(id);
    expect(await outcome(world.start('cookie', { email: EMAIL }))).toBe('email_taken');
    expect(await outcome(world.auth.for('cookie').signUp.resend(contactOf(EMAIL)))).toBe(
      'registration_unknown',
    );
  });
});
