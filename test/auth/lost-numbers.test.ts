import { describe, expect, it, vi } from 'vitest';
import type { Contract, UserRow } from '../../database/schema.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';
import { createWorld, EMAIL, MINUTE_MS, outcome } from './world.js';

const NINE = '+5511987654321';
const EIGHT = '+551187654321';

describe.each(DATABASES)('two accounts of one person on %s', (kind) => {
  useWorld(kind);

  const signIn = async (phone: string) => {
    await world.later();
    await world.auth.for('phone').signIn.requestCode(phone);
    return await world.auth.for('phone').signIn.byCode(phone, world.code(phone));
  };
  const byPassword = (email: string, password = 'her password') =>
    world.auth.for('cookie').signIn.byPassword(email, password);
  const prove = (id: string) =>
    world.store.updateTable('users').set({ email_verified_at: 1 }).where('id', '=', id).execute();
  const checked = async (contract: Contract, token: string) =>
    (await world.auth.for(contract).tokens.check(token)).kind;
  const shown = async (id: string) => await world.auth.users.find(id);

  /** Made before WhatsApp has answered; Berta's later. */
  async function two(contract: Contract = 'whatsapp'): Promise<{ asha: UserRow; berta: UserRow }> {
    const asha = await world.signUp(contract, { phone: NINE, email: EMAIL }, { name: 'Asha' });
    await world.clock.advance(MINUTE_MS);
    const berta = await world.signUp(contract, { phone: EIGHT, email: 'b@example.com' }, { name: 'Berta' });
    await world.clock.advance(MINUTE_MS);
    return { asha, berta };
  }

  it('the one that proved its number last keeps it; the other is deactivated, with its tokens and codes', async () => {
    const { asha, berta } = await two();
    const [hers, kept] = [await world.token('whatsapp', asha), await world.token('whatsapp', berta)];
    await world.later();
    await world.auth.for('whatsapp').signIn.requestCode(NINE);
    await world.named(NINE, EIGHT);

    expect(await world.user(asha.id)).toMatchObject({
      phone: null,
      email: EMAIL,
      deactivated_at: world.clock.now(),
      token_epoch: 1,
    });
    expect(await checked('whatsapp', hers)).toBe('invalid');
    expect(await outcome(byPassword(EMAIL))).toBe('account_inactive');
    const code = world.code(NINE);
    expect(await outcome(world.auth.for('whatsapp').signIn.byCode(NINE, code))).toBe('code_invalid');

    expect(await world.user(berta.id)).toEqual(berta);
    expect(await checked('whatsapp', kept)).toBe('valid');
    expect((await signIn(NINE)).id).toBe(berta.id);
    expect((await signIn(EIGHT)).id).toBe(berta.id);
  });

  it('the one that signed in last by its number keeps it, whatever other sign-ins there were', async () => {
    const { asha, berta } = await two();
    expect((await signIn(NINE)).id).toBe(asha.id);
    await world.clock.advance(MINUTE_MS);
    await world.auth.for('phone').complete(await byPassword('b@example.com'));
    await world.named(NINE, EIGHT);
    expect(await world.user(asha.id)).toMatchObject({ phone: NINE, deactivated_at: null });
    expect(await world.user(berta.id)).toMatchObject({ phone: null, deactivated_at: world.clock.now() });
    expect((await signIn(EIGHT)).id).toBe(asha.id);
  });

  it('a second step that comes to the phone counts as a sign-in by the number', async () => {
    const { asha, berta } = await two('two-factor');
    await world.later();
    await world.beginSecondStep(asha);
    await world.auth.for('two-factor').secondStep.finish(asha.id, world.code(NINE));
    await world.named(NINE, EIGHT);
    expect(await world.user(asha.id)).toMatchObject({ phone: NINE });
    expect(await world.user(berta.id)).toMatchObject({ phone: null });
  });

  it('with a proven address the other lives on without its number and its tokens', async () => {
    const { asha, berta } = await two();
    await prove(asha.id);
    const token = await world.token('whatsapp', asha);
    await world.named(NINE, EIGHT);
    expect(await world.user(asha.id)).toMatchObject({
      phone: null,
      email: EMAIL,
      email_verified_at: 1,
      deactivated_at: null,
    });
    expect(await checked('whatsapp', token)).toBe('invalid');
    expect((await byPassword(EMAIL)).id).toBe(asha.id);
    expect((await signIn(NINE)).id).toBe(berta.id);
  });

  it('its second step comes to the proven address from now on', async () => {
    const { asha } = await two('two-factor');
    await prove(asha.id);
    await world.later();
    await world.beginSecondStep(asha);
    const before = world.code(NINE);
    await world.named(NINE, EIGHT);
    expect(await outcome(world.auth.for('two-factor').secondStep.finish(asha.id, before))).toBe(
      'code_invalid',
    );
    const user = await byPassword(EMAIL);
    const { contact } = await world.auth.for('two-factor').secondStep.begin(user);
    expect(contact).toEqual({ kind: 'email', value: EMAIL });
    expect((await world.auth.for('two-factor').secondStep.finish(asha.id, world.code(EMAIL))).id).toBe(
      asha.id,
    );
  });

  it('one that nobody can sign in to goes behind one that somebody can', async () => {
    const { asha, berta } = await two();
    await world.auth.users.deactivate(berta.id);
    await world.named(NINE, EIGHT);
    expect(await world.user(asha.id)).toEqual(asha);
    expect(await world.user(berta.id)).toMatchObject({ phone: null });
    expect((await signIn(EIGHT)).id).toBe(asha.id);
  });

  it('both are marked for operators', async () => {
    const { asha, berta } = await two();
    await world.named(NINE, EIGHT);
    const at = world.clock.now();
    expect(await shown(asha.id)).toMatchObject({
      lostNumber: { phone: NINE, at, other: { id: berta.id, name: 'Berta' } },
      wonNumbers: [],
    });
    expect(await shown(berta.id)).toMatchObject({
      lostNumber: null,
      wonNumbers: [{ phone: NINE, at, other: { id: asha.id, name: 'Asha' } }],
    });
    const { users } = await world.auth.users.list({ q: NINE }, 1, 10);
    expect(users.map(({ name }) => name)).toEqual(['Berta', 'Asha']);
    expect(users[1]?.lostNumber?.other?.name).toBe('Berta');

    await world.auth.users.remove(berta.id);
    expect(await shown(asha.id)).toMatchObject({ lostNumber: { phone: NINE, at, other: null } });
  });

  it('happens once, however often and from how many places at once WhatsApp is heard', async () => {
    const third = '+5511087654321';
    const { asha, berta } = await two();
    const carla = await world.signUp('phone', { phone: third });
    const other = createWorld(database, { clock: world.clock });
    await Promise.all([
      world.named(NINE, '+5599'),
      other.named(EIGHT, '+5599'),
      createWorld(database, { clock: world.clock }).named(third, '+5599'),
    ]);
    // On PostgreSQL one that has to wait long for another gives way, and is tried again a second later.
    const first = await vi.waitFor(
      async () => {
        const users = await world.users();
        const owners = users.filter(({ phone }) => phone !== null).map(({ id }) => id);
        if (owners.length > 1) await world.clock.advance(1_000);
        expect(owners).toEqual([carla.id]);
        return users;
      },
      { timeout: 20_000, interval: 100 },
    );
    await world.clock.advance(MINUTE_MS);
    await Promise.all([world.named(NINE, '+5599'), other.named(NINE, '+5599'), world.naming.catchUp()]);
    expect(await world.users()).toEqual(first);
    expect(first.map(({ id, token_epoch }) => [id, token_epoch])).toEqual([
      [asha.id, 1],
      [berta.id, 1],
      [carla.id, 0],
    ]);
  });

  it('one that is reactivated stays so, without the number, as long as another has it', async () => {
    const { asha, berta } = await two();
    await world.named(NINE, EIGHT);
    expect(await world.auth.users.reactivate(asha.id)).toBe(true);
    for (const again of [NINE, EIGHT]) await world.named(again, EIGHT);
    await world.naming.catchUp();
    await createWorld(database, { clock: world.clock }).named(NINE, EIGHT);
    expect(await world.user(asha.id)).toMatchObject({ phone: null, deactivated_at: null });
    expect((await byPassword(EMAIL)).id).toBe(asha.id);
    expect((await signIn(NINE)).id).toBe(berta.id);
    expect((await shown(asha.id))?.lostNumber).not.toBeNull();
  });

  it('a second step never goes to an address that nobody has proven', async () => {
    const { asha } = await two('two-factor');
    await world.named(NINE, EIGHT);
    await world.auth.users.reactivate(asha.id);
    const user = await byPassword(EMAIL);
    const begun = world.auth.for('two-factor').secondStep.begin(user);
    expect(await outcome(begun)).toBe('account_inactive');
    expect(world.codes(EMAIL)).toEqual([]);
  });

  it('one that is reactivated gets its number back when nobody has it', async () => {
    const { asha, berta } = await two();
    await world.named(NINE, EIGHT);
    await world.auth.users.remove(berta.id);
    await world.auth.users.reactivate(asha.id);
    await world.named(EIGHT, EIGHT);
    expect(await world.user(asha.id)).toMatchObject({ phone: NINE, deactivated_at: null });
    expect((await shown(asha.id))?.lostNumber).toBeNull();
    expect((await signIn(EIGHT)).id).toBe(asha.id);
  });

  it('one whose label is taken from it, too, is kept: it may get its number back', async () => {
    const { asha, berta } = await two();
    await world.named(NINE, EIGHT);
    await world.signUp('cookie', { email: EMAIL });
    expect(await world.user(asha.id)).toMatchObject({ phone: null, email: null });
    await world.auth.users.remove(berta.id);
    await world.auth.users.reactivate(asha.id);
    expect((await signIn(NINE)).id).toBe(asha.id);
  });

  it('a number that is free again can sign up', async () => {
    const { asha, berta } = await two();
    await world.named(NINE, EIGHT);
    await world.auth.users.remove(berta.id);
    await world.later();
    const carla = await world.signUp('phone', { phone: NINE }, { name: 'Carla' });
    await world.auth.users.reactivate(asha.id);
    expect(await world.user(asha.id)).toMatchObject({ phone: null, deactivated_at: null });
    expect((await signIn(EIGHT)).id).toBe(carla.id);
  });

  it('what WhatsApp said to an earlier version is heard at the next start; the latest answer counts', async () => {
    const { asha, berta } = await two();
    const answer = (account: string, recipient: string, checked_at: number | null, jid: string) => ({
      account,
      recipient,
      checked_at,
      jid: `${jid}@s.whatsapp.net`,
    });
    await world.store
      .insertInto('recipients')
      .values([
        answer('default', NINE, 20, '551187654321'),
        answer('default', EIGHT, 20, '551187654321'),
        answer('before', NINE, 10, '5511987654321'),
        answer('default', '+201001234567', 20, '201001234567'),
        answer('default', '+5215512345678', null, '525512345678'),
      ])
      .execute();
    await world.naming.catchUp();
    expect(world.persons.personOf(NINE)).toBe(EIGHT);
    expect(world.persons.personOf('+5215512345678')).toBe('+525512345678');
    expect(await world.user(asha.id)).toMatchObject({ phone: null });
    expect(await world.user(berta.id)).toMatchObject({ phone: EIGHT });
    const numbers = await world.store.selectFrom('numbers').selectAll().orderBy('phone').execute();
    await world.clock.advance(MINUTE_MS);
    await world.naming.catchUp();
    expect(await world.store.selectFrom('numbers').selectAll().orderBy('phone').execute()).toEqual(numbers);
  });

  it('accounts that were put in by hand are settled at the next start, and found until then', async () => {
    const { asha } = await two();
    await world.named(NINE, EIGHT);
    await world.store
      .updateTable('users')
      .set({ phone: NINE, phone_used_at: null, deactivated_at: null })
      .where('id', '=', asha.id)
      .execute();
    expect(await world.account(signIn(NINE))).toMatchObject({ phone: EIGHT });
    await world.naming.catchUp();
    expect(await world.user(asha.id)).toMatchObject({ phone: null });
  });
});
