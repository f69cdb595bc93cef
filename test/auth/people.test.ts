import { describe, expect, it, vi } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createNaming } from '../../src/auth/accounts/naming.js';
import { personOfJid } from '../../src/channels/whatsapp/jid.js';
import { createPersons } from '../../src/delivery/queue/persons.js';
import { silentLog } from '../../src/log.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';
import { createWorld, EMAIL, otherThan, outcome, waitOf } from './world.js';

/** One mobile in São Paulo, as people write it now and as WhatsApp calls it. */
const NINE = '+5511987654321';
const EIGHT = '+551187654321';

describe.each(DATABASES)('one person under two spellings on %s', (kind) => {
  useWorld(kind);

  const request = (phone: string) => world.auth.for('phone').signIn.requestCode(phone);
  const signIn = (phone: string, code: string) =>
    world.account(world.auth.for('phone').signIn.byCode(phone, code));
  const finish = (phone: string, code: string) =>
    world.account(world.auth.for('phone').signUp.finish({ kind: 'phone', value: phone }, code));

  it('is two people before WhatsApp has answered', async () => {
    for (let sent = 0; sent < 5; sent++) await world.start('phone', { phone: NINE });
    expect(await outcome(world.start('phone', { phone: NINE }))).toBe('rate_limited');
    expect(await outcome(world.start('phone', { phone: EIGHT }))).toBe('ok');
  });

  it.each([
    ['as it is written now', NINE],
    ['as WhatsApp calls it', EIGHT],
  ])(
    'shares the five codes in ten minutes, those from before the answer included; first %s',
    async (_, first) => {
      const other = first === NINE ? EIGHT : NINE;
      await world.start('phone', { phone: first });
      await world.clock.advance(1_000);
      await world.start('phone', { phone: other });
      await world.start('phone', { phone: first });
      await world.named(NINE, EIGHT);
      await world.start('phone', { phone: other });
      await world.start('phone', { phone: first });
      for (const phone of [NINE, EIGHT]) {
        expect(await waitOf(world.start('phone', { phone }))).toBeCloseTo(599, 0);
      }
      await world.clock.advance(599_000);
      expect(await outcome(world.start('phone', { phone: other }))).toBe('ok');
      expect(await outcome(world.start('phone', { phone: first }))).toBe('rate_limited');
    },
  );

  it('keeps the distance between two codes, until one is used', async () => {
    await world.start('whatsapp', { phone: NINE, email: EMAIL });
    await world.named(NINE, EIGHT);
    expect(await waitOf(world.start('whatsapp', { phone: EIGHT, email: EMAIL }))).toBeCloseTo(60, 0);
    await finishWhatsApp(EIGHT, world.code(NINE));
    expect(await outcome(world.auth.for('whatsapp').signIn.requestCode(EIGHT))).toBe('ok');
  });

  const finishWhatsApp = (phone: string, code: string) =>
    world.auth.for('whatsapp').signUp.finish({ kind: 'phone', value: phone }, code);

  it('adds up wrong codes over both spellings', async () => {
    for (let tried = 0; tried < 6; tried++) {
      const phone = tried < 3 ? NINE : EIGHT;
      if (tried % 3 === 0) await world.start('phone', { phone });
      await world.clock.advance(1_000);
      if (tried === 3) await world.named(NINE, EIGHT);
      expect(await outcome(finish(phone, otherThan(world.code(phone))))).toBe('code_invalid');
    }
    for (const phone of [NINE, EIGHT]) {
      expect(await outcome(finish(phone, world.code(EIGHT)))).toBe('code_attempts_blocked');
    }
  });

  it.each([
    [NINE, NINE],
    [NINE, EIGHT],
    [EIGHT, NINE],
  ])('a registration of %s that waits while WhatsApp answers is finished as %s', async (written, given) => {
    await world.start('phone', { phone: written });
    await world.named(NINE, EIGHT);
    expect(await finish(given, world.code(written))).toMatchObject({ phone: written });
  });

  it('of two registrations that wait while WhatsApp answers, each has its own code', async () => {
    await world.start('phone', { phone: EIGHT }, { name: 'First' });
    await world.clock.advance(1_000);
    await world.start('phone', { phone: NINE }, { name: 'Second' });
    await world.named(NINE, EIGHT);
    expect(await finish(NINE, world.code(EIGHT))).toMatchObject({ name: 'First' });
    expect(await outcome(finish(EIGHT, world.code(NINE)))).toBe('registration_unknown');
    expect(await world.users()).toHaveLength(1);
  });

  it('a registration that was stored at the moment of the answer is found', async () => {
    await world.named(NINE, EIGHT);
    const late = createWorld(database, { clock: world.clock });
    // It has not heard of the answer.
    await late.start('phone', { phone: NINE });
    expect(await finish(NINE, late.code(NINE))).toMatchObject({ phone: NINE });
  });

  it('has one account: the other spelling is taken, and signs in to it', async () => {
    const { id } = await world.signUp('phone', { phone: NINE });
    await world.named(NINE, EIGHT);
    await world.later();
    for (const phone of [NINE, EIGHT]) {
      expect(await outcome(world.start('phone', { phone }))).toBe('phone_taken');
      expect(await outcome(world.start('whatsapp', { phone, email: EMAIL }))).toBe('phone_taken');
    }
    await request(EIGHT);
    expect((await signIn(NINE, world.code(EIGHT))).id).toBe(id);
    await request(NINE);
    expect((await signIn(EIGHT, world.code(NINE))).id).toBe(id);
  });

  it('is one account, too, when it was made under the spelling that WhatsApp uses', async () => {
    const { id } = await world.signUp('phone', { phone: EIGHT });
    await world.named(EIGHT, EIGHT);
    await world.named(NINE, EIGHT);
    await world.later();
    expect(await outcome(world.start('phone', { phone: NINE }))).toBe('phone_taken');
    await request(NINE);
    expect(await signIn(NINE, world.code(NINE))).toMatchObject({ id, phone: EIGHT });
  });

  it('makes one account of sign-ups that end at the same time, whoever knows of the answer', async () => {
    for (let round = 0; round < 6; round++) {
      const [nine, eight] = [`+551198765400${round}`, `+55118765400${round}`];
      // A process that has not heard of the answer yet.
      const other = createWorld(database, { clock: world.clock });
      await world.start('phone', { phone: nine });
      await other.start('phone', { phone: eight });
      const finishNine = () => outcome(finish(nine, world.code(nine)));
      const finishEight = () =>
        outcome(other.auth.for('phone').signUp.finish({ kind: 'phone', value: eight }, other.code(eight)));
      await Promise.all([finishNine(), world.named(nine, eight), finishEight()]);
      // It may have given way, and is tried again a second later.
      await vi.waitFor(
        async () => {
          if (world.persons.personOf(nine) !== eight) await world.clock.advance(1_000);
          expect(world.persons.personOf(nine)).toBe(eight);
        },
        { timeout: 10_000, interval: 100 },
      );
      // A code that came between is typed in again.
      await finishNine();
      await finishEight();
      const owners = (await world.users()).filter(({ phone }) => phone === nine || phone === eight);
      expect(owners).toHaveLength(1);
    }
  });

  it('a registration without its code occupies nothing and takes nothing', async () => {
    const asha = await world.signUp('phone', { phone: NINE });
    await world.named(NINE, EIGHT);
    const stranger = createWorld(database, { clock: world.clock });
    await stranger.start('whatsapp', { phone: EIGHT, email: EMAIL });
    await world.named(EIGHT, EIGHT);
    expect(await world.user(asha.id)).toMatchObject({ phone: NINE, deactivated_at: null, token_epoch: 0 });
    expect(await outcome(finishWhatsApp(EIGHT, '123456'))).toBe('code_invalid');
  });

  it('with the right code in hand it is told that the number is taken', async () => {
    const stranger = createWorld(database, { clock: world.clock });
    await stranger.start('whatsapp', { phone: EIGHT, email: EMAIL });
    const asha = await world.signUp('phone', { phone: NINE });
    await world.named(NINE, EIGHT);
    expect(await outcome(finishWhatsApp(EIGHT, stranger.code(EIGHT)))).toBe('phone_taken');
    expect((await world.users()).map(({ id }) => id)).toEqual([asha.id]);
  });

  it('strict answers alike, whoever has the number', async () => {
    const { clock } = world;
    const strict = createWorld(database, { clock, strict: true });
    const asha = await strict.signUp('phone', { phone: NINE });
    await strict.named(NINE, EIGHT);
    const free = ['+5511987650000', '+551187650000'] as const;
    await strict.named(...free);
    await strict.later();
    for (const phone of [EIGHT, free[1]]) {
      expect(await outcome(strict.start('phone', { phone }))).toBe('ok');
      await clock.advance(60_000);
      expect(await outcome(strict.auth.for('phone').signIn.requestCode(phone))).toBe('ok');
      await clock.advance(60_000);
      expect(await outcome(strict.auth.for('phone').signIn.byCode(phone, '000000'))).toBe('code_invalid');
    }
    // What she gets is a code to sign in with; the other gets one to sign up with.
    expect(strict.codes(EIGHT)).toHaveLength(1);
    expect((await strict.auth.for('phone').signIn.byCode(NINE, strict.code(EIGHT))).id).toBe(asha.id);
  });

  it('three spellings are one person; an address that holds no number is a name, too', async () => {
    const spellings = ['+5215512345678', '+525512345678', '+520445512345678'] as const;
    for (const phone of spellings) await world.naming.note({ phone, jid: '99887766@lid' });
    await world.start('phone', { phone: spellings[0] });
    expect(await finish(spellings[1], world.code(spellings[0]))).toMatchObject({ phone: spellings[0] });
    await request(spellings[2]);
    expect(await outcome(signIn(spellings[1], world.code(spellings[2])))).toBe('ok');
  });

  it('follows when WhatsApp calls the person by the other spelling from now on', async () => {
    const { id } = await world.signUp('phone', { phone: NINE });
    await world.named(NINE, EIGHT);
    await world.named(NINE, NINE);
    expect(world.persons.personOf(EIGHT)).toBe(EIGHT);
    await world.named(EIGHT, NINE);
    expect([...world.persons.spellingsOf(NINE)].sort()).toEqual([NINE, EIGHT].sort());
    await world.later();
    await request(EIGHT);
    expect((await signIn(EIGHT, world.code(EIGHT))).id).toBe(id);
  });

  it('is tried until the store takes it', async () => {
    const failing = Object.create(database.store) as Database['store'];
    let broken = true;
    failing.transaction = () => {
      if (broken) throw new Error('the store is away');
      return database.store.transaction();
    };
    const persons = createPersons(database);
    const { clock } = world;
    const naming = createNaming({
      database: { kind, store: failing },
      clock,
      log: silentLog,
      account: 'default',
      persons,
      personOf: personOfJid,
    });
    await naming.note({ phone: NINE, jid: '551187654321@s.whatsapp.net' });
    await clock.advance(5_000);
    expect(persons.personOf(NINE)).toBe(NINE);
    broken = false;
    await clock.advance(1_000);
    await vi.waitFor(() => expect(persons.personOf(NINE)).toBe(EIGHT), { timeout: 10_000 });
    await naming.stop();
    const again = createPersons(database);
    await again.load();
    expect(again.spellingsOf(EIGHT)).toEqual([NINE, EIGHT]);
  });

  it('an operator finds the account by either spelling', async () => {
    const { id } = await world.signUp('phone', { phone: NINE });
    await world.named(NINE, EIGHT);
    for (const q of [NINE, EIGHT, '55 11 8765-4321', '11987654321']) {
      expect((await world.auth.users.list({ q }, 1, 10)).users.map((user) => user.id)).toEqual([id]);
    }
  });
});
