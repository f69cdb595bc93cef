import { describe, expect, it } from 'vitest';
import type { Contract } from '../../database/schema.js';
import type { SharedPasswords } from '../../src/auth/passwords/passwords.js';
import { DATABASES } from '../support/databases.js';
import { cheapPasswords } from '../support/passwords.js';
import { database, useWorld, world } from './use-world.js';
import {
  clientAt,
  contactOf,
  count,
  createWorld,
  EMAIL,
  HERE,
  MINUTE_MS,
  otherThan,
  outcome,
  PHONE,
  visitedBy,
} from './world.js';

const OTHER_PHONE = '+6281234567891';

describe.each(DATABASES)('signing up on %s', (kind) => {
  useWorld(kind);

  /** The account that the code makes. */
  const finish = (contract: Contract, to: string, code = world.code(to), from = world.auth) =>
    world.account(from.for(contract).signUp.finish(contactOf(to), code));
  const resend = (contract: Contract, to: string, from = world.auth) =>
    from.for(contract).signUp.resend(contactOf(to));
  const verify = (id: string, code: string) => world.auth.for('two-factor').signUp.verify(id, code);
  const complete = (id: string, password = 'her password') =>
    world.auth.for('two-factor').signUp.setPassword(id, password);

  it('there is no account before the code, and one after it', async () => {
    const { id } = await world.start(
      'whatsapp',
      { phone: PHONE, email: EMAIL },
      { profile: { role: 'farmer', address: null } },
    );
    expect(await world.users()).toEqual([]);
    const user = await finish('whatsapp', PHONE);
    expect(user).toMatchObject({
      id,
      contract: 'whatsapp',
      phone: PHONE,
      email: EMAIL,
      email_verified_at: null,
      two_factor_at: null,
      name: 'Asha',
      profile: '{"role":"farmer","address":null}',
    });
    expect(await world.users()).toHaveLength(1);
    expect(await outcome(finish('whatsapp', PHONE))).toBe('registration_unknown');
  });

  it('of 50 right answers at once one makes the account', async () => {
    await world.start('phone', { phone: PHONE });
    const answers = Array.from({ length: 50 }, () => outcome(finish('phone', PHONE)));
    const { ok, ...others } = count(await Promise.all(answers));
    expect(ok).toBe(1);
    expect(Object.keys(others).every((each) => /^(code_invalid|registration_unknown)$/.test(each))).toBe(
      true,
    );
    expect(await world.users()).toHaveLength(1);
  });

  it('starting again replaces data and code', async () => {
    const from = visitedBy(clientAt(HERE.address, { cookie: 'hers' }), world.plainAuth);
    await world.start('cookie', { email: EMAIL }, { from, name: 'old', password: 'old password' });
    const old = world.code(EMAIL);
    await world.start('cookie', { email: EMAIL }, { from, name: 'new', password: 'new password' });
    expect(await outcome(finish('cookie', EMAIL, old, from))).toBe('code_invalid');
    expect(await finish('cookie', EMAIL, world.code(EMAIL), from)).toMatchObject({ name: 'new' });
    expect(await outcome(world.auth.for('cookie').signIn.byPassword(EMAIL, 'old password'))).toBe(
      'credentials_wrong',
    );
    expect(await outcome(world.auth.for('cookie').signIn.byPassword(EMAIL, 'new password'))).toBe('ok');
  });

  it('of two starts at once one counts, with its own data', async () => {
    for (let round = 0; round < 5; round++) {
      const phone = `+628123456790${round}`;
      await Promise.all(['one', 'two', 'three'].map((name) => world.start('phone', { phone }, { name })));
      const outcomes = [];
      for (const code of world.codes(phone)) outcomes.push(await outcome(finish('phone', phone, code)));
      expect(count(outcomes).ok).toBe(1);
    }
  });

  it('a registration that was started through one contract is unknown to the others', async () => {
    await world.start('whatsapp', { phone: PHONE, email: EMAIL });
    expect(await outcome(finish('phone', PHONE))).toBe('registration_unknown');
    expect(await outcome(finish('cookie', EMAIL, world.code(PHONE)))).toBe('registration_unknown');
    await world.later();
    await world.start('phone', { phone: PHONE });
    const [forWhatsApp = '', forPhone = ''] = world.codes(PHONE);
    expect(await outcome(finish('phone', PHONE, forWhatsApp.slice(0, 5)))).toBe('code_invalid');
    expect(await outcome(finish('phone', PHONE, forPhone))).toBe('ok');
  });

  it('a taken phone or proven address is refused at the start, at the code and at the last step', async () => {
    await world.start('whatsapp', { phone: PHONE, email: EMAIL });
    const code = world.code(PHONE);
    await world.later(MINUTE_MS);
    const { id } = await world.start('two-factor', { email: EMAIL });
    await verify(id, world.code(EMAIL));
    await world.signUp('phone', { phone: PHONE });
    await world.signUp('cookie', { email: EMAIL });
    expect(await outcome(world.start('phone', { phone: PHONE }))).toBe('phone_taken');
    expect(await outcome(world.start('cookie', { email: EMAIL }))).toBe('email_taken');
    expect(await outcome(world.start('two-factor', { phone: OTHER_PHONE, email: EMAIL }))).toBe(
      'email_taken',
    );
    expect(await outcome(finish('whatsapp', PHONE, code))).toBe('registration_unknown');
    expect(await outcome(complete(id))).toBe('registration_unverified');
    expect(await world.users()).toHaveLength(2);
  });

  it('a phone that was taken meanwhile is refused with the right code, which stays good', async () => {
    await world.start('whatsapp', { phone: PHONE, email: EMAIL });
    const code = world.code(PHONE);
    await world.clock.advance(MINUTE_MS);
    const taker = await world.signUp('phone', { phone: PHONE });
    expect(await outcome(finish('whatsapp', PHONE, code))).toBe('phone_taken');
    expect(await outcome(resend('whatsapp', PHONE))).toBe('phone_taken');
    await database.store.deleteFrom('users').where('id', '=', taker.id).execute();
    expect(await outcome(finish('whatsapp', PHONE, code))).toBe('ok');
  });

  it('an address that was proven while the code was on its way is refused', async () => {
    await world.start('whatsapp', { phone: PHONE, email: 'other@example.com' });
    await world.signUp('cookie', { email: EMAIL });
    await database.store.updateTable('registrations').set({ email: EMAIL }).execute();
    expect(await outcome(finish('whatsapp', PHONE))).toBe('email_taken');
    expect(await world.users()).toHaveLength(1);
  });

  it('of registrations that end at once with one phone, one wins', async () => {
    const contracts = ['whatsapp', 'phone', 'cookie'] as const;
    const codes: string[] = [];
    for (const contract of contracts) {
      await world.start(contract, { phone: PHONE, email: `${contract}@example.com` });
      codes.push(world.code(PHONE));
    }
    const outcomes = await Promise.all(
      contracts.map((contract, at) => outcome(finish(contract, PHONE, codes[at] ?? ''))),
    );
    expect(count(outcomes)).toEqual({ ok: 1, phone_taken: 2 });
    expect(await world.users()).toHaveLength(1);
  });

  it('another code ends the older one and gives the registration its time again', async () => {
    await world.start('cookie', { email: EMAIL });
    const old = world.code(EMAIL);
    await world.clock.advance(59 * MINUTE_MS);
    await resend('cookie', EMAIL);
    await world.clock.advance(5 * MINUTE_MS);
    expect(await outcome(finish('cookie', EMAIL, old))).toBe('code_invalid');
    expect(await outcome(finish('cookie', EMAIL))).toBe('ok');
    expect(await outcome(resend('cookie', EMAIL))).toBe('registration_unknown');
  });

  it('a registration that nobody finished is forgotten after an hour', async () => {
    await world.start('cookie', { email: EMAIL });
    await world.clock.advance(60 * MINUTE_MS);
    expect(await outcome(resend('cookie', EMAIL))).toBe('registration_unknown');
    expect(await outcome(finish('cookie', EMAIL))).toBe('registration_unknown');
  });

  describe('with somebody else’s address', () => {
    it('a stranger with a phone of their own does not stand in the owner’s way', async () => {
      await world.start('cookie', { email: EMAIL }, { name: 'owner' });
      await world.start('cookie', { email: EMAIL, phone: PHONE }, { name: 'stranger' });
      await world.start('cookie', { email: EMAIL, phone: OTHER_PHONE }, { name: 'stranger' });
      expect((await resend('cookie', EMAIL)).contact.kind).toBe('email');
      expect(await finish('cookie', EMAIL)).toMatchObject({ name: 'owner', email: EMAIL, phone: null });
    });

    it('nor does a crowd of them', async () => {
      await world.start('cookie', { email: EMAIL }, { name: 'owner' });
      for (let i = 0; i < 25; i++) {
        const phone = `+62812345679${String(i).padStart(2, '0')}`;
        await world.clock.advance(1);
        await world.start('cookie', { email: EMAIL, phone }, { name: 'stranger', password: null });
      }
      expect(await finish('cookie', EMAIL)).toMatchObject({ name: 'owner' });
    });

    it('the code to the stranger’s phone proves that phone, and leaves the address to its owner', async () => {
      await world.start('cookie', { email: EMAIL }, { name: 'owner' });
      await world.start('cookie', { email: EMAIL, phone: PHONE }, { name: 'stranger' });
      const his = await finish('cookie', EMAIL, world.code(PHONE));
      expect(his).toMatchObject({ name: 'stranger', phone: PHONE, email: EMAIL, email_verified_at: null });
      const hers = await finish('cookie', EMAIL);
      expect(hers).toMatchObject({ name: 'owner', email: EMAIL, phone: null });
      expect(await world.user(his.id)).toMatchObject({ email: null, password_hash: null });
    });

    it('a wrong code counts against every contact that it was compared with', async () => {
      await world.start('cookie', { email: EMAIL });
      await world.start('cookie', { email: EMAIL, phone: PHONE });
      for (let i = 0; i < 3; i++)
        expect(await outcome(finish('cookie', EMAIL, 'nonsense'))).toBe('code_invalid');
      expect(await outcome(finish('cookie', EMAIL, world.code(EMAIL)))).toBe('code_invalid');
      expect(await outcome(finish('cookie', EMAIL, world.code(PHONE)))).toBe('code_invalid');
    });
  });

  describe('in three steps', () => {
    it('makes the account at the last one, with the id of the registration', async () => {
      const { id, contact } = await world.start('two-factor', { email: EMAIL });
      expect(contact.kind).toBe('email');
      expect(await outcome(complete(id))).toBe('registration_unverified');
      await verify(id, world.code(EMAIL));
      expect(await world.users()).toEqual([]);
      await complete(id);
      expect(await world.users()).toMatchObject([
        { id, email: EMAIL, two_factor_at: world.clock.now(), email_verified_at: world.clock.now() },
      ]);
      expect(await outcome(complete(id))).toBe('registration_completed');
    });

    it('a stranger’s start and hers have different ids, and only the verified one can be completed', async () => {
      const his = await world.start('two-factor', { email: EMAIL });
      const hers = await world.start('two-factor', { email: EMAIL });
      expect(his.id).not.toBe(hers.id);
      await verify(hers.id, world.code(EMAIL));
      expect(await outcome(complete(his.id, 'his password'))).toBe('registration_unverified');
      expect(await outcome(verify(his.id, world.code(EMAIL)))).toBe('code_invalid');
      await complete(hers.id);
      expect((await world.users()).map(({ id }) => id)).toEqual([hers.id]);
      expect(await outcome(complete(his.id, 'his password'))).toBe('registration_unverified');
      expect(await outcome(world.auth.for('cookie').signIn.byPassword(EMAIL, 'his password'))).toBe(
        'credentials_wrong',
      );
    });

    it('ids of starts can be told from each other, and not be guessed', async () => {
      const ids = [];
      for (let i = 0; i < 5; i++) ids.push((await world.start('two-factor', { email: EMAIL })).id);
      expect(new Set(ids.map((id) => id.slice(0, 8))).size).toBe(5);
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    });

    it('the last step has to follow within fifteen minutes', async () => {
      const { id } = await world.start('two-factor', { email: EMAIL });
      await verify(id, world.code(EMAIL));
      await world.clock.advance(15 * MINUTE_MS - 1);
      const late = await world.start('two-factor', { email: 'late@example.com' });
      await verify(late.id, world.code('late@example.com'));
      expect(await outcome(complete(id))).toBe('ok');
      await world.clock.advance(15 * MINUTE_MS);
      expect(await outcome(complete(late.id))).toBe('registration_unverified');
      expect(await world.users()).toHaveLength(1);
    });

    it('nor does a last step that was begun in time and took too long', async () => {
      const { id } = await world.start('two-factor', { email: EMAIL });
      await verify(id, world.code(EMAIL));
      const quick = cheapPasswords().from('');
      const passwords: SharedPasswords = {
        from: () => ({
          ...quick,
          async hash(password) {
            await world.clock.advance(15 * MINUTE_MS);
            return await quick.hash(password);
          },
        }),
      };
      const { auth } = createWorld(database, { clock: world.clock, passwords });
      const slow = auth.for('two-factor').signUp.setPassword(id, 'her password');
      expect(await outcome(slow)).toBe('registration_unverified');
      expect(await world.users()).toEqual([]);
    });

    it('of 20 last steps at once one makes the account', async () => {
      const { id } = await world.start('two-factor', { email: EMAIL });
      await verify(id, world.code(EMAIL));
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, at) => outcome(complete(id, `password ${at}`))),
      );
      expect(count(outcomes)).toEqual({ ok: 1, registration_completed: 19 });
      expect(await world.users()).toHaveLength(1);
    });

    it('two verified registrations for one address make one account', async () => {
      const ids = [];
      for (let i = 0; i < 2; i++) {
        const { id } = await world.start('two-factor', { email: EMAIL });
        await verify(id, world.code(EMAIL));
        ids.push(id);
      }
      const outcomes = await Promise.all(ids.map((id) => outcome(complete(id))));
      expect(count(outcomes).ok).toBe(1);
      expect(await world.users()).toHaveLength(1);
    });

    it('a verified registration cannot be verified again, nor kept alive by it', async () => {
      const { id } = await world.start('two-factor', { email: EMAIL });
      await verify(id, world.code(EMAIL));
      await world.clock.advance(14 * MINUTE_MS);
      await world.start('two-factor', { email: EMAIL });
      expect(await outcome(verify(id, world.code(EMAIL)))).toBe('code_invalid');
      await world.clock.advance(MINUTE_MS);
      expect(await outcome(complete(id))).toBe('registration_unverified');
    });

    it('an old registration does not come back to life with a new code', async () => {
      const { id } = await world.start('two-factor', { email: EMAIL });
      await world.clock.advance(61 * MINUTE_MS);
      const fresh = await world.start('two-factor', { email: EMAIL });
      expect(await outcome(verify(id, world.code(EMAIL)))).toBe('code_expired');
      expect(await outcome(verify(fresh.id, world.code(EMAIL)))).toBe('ok');
    });

    it('with a phone the code goes there, and the address stays a label', async () => {
      const { id, contact } = await world.start('two-factor', { phone: PHONE, email: EMAIL });
      expect(contact).toEqual({ kind: 'phone', value: PHONE });
      expect(world.codes(EMAIL)).toEqual([]);
      await verify(id, world.code(PHONE));
      await complete(id);
      expect(await world.user(id)).toMatchObject({ phone: PHONE, email: EMAIL, email_verified_at: null });
    });

    it('a code to one contact does not verify a registration of another', async () => {
      const mine = await world.start('two-factor', { email: 'me@example.com' });
      await world.start('two-factor', { email: EMAIL });
      const hers = world.code(EMAIL);
      expect(await outcome(verify(mine.id, hers))).toBe('code_invalid');
    });

    it('ids that nobody gave out are answered like any other failure', async () => {
      for (const id of ['', 'x', 'a\0b', '%', '00000000-0000-4000-8000-000000000000']) {
        expect(await outcome(verify(id, '123456'))).toBe('code_invalid');
        expect(await outcome(complete(id))).toBe('registration_unverified');
      }
    });

    it('when the registration is long gone, its account still knows that it is complete', async () => {
      const { id } = await world.signUp('two-factor', { email: EMAIL });
      await database.store.deleteFrom('registrations').execute();
      expect(await outcome(complete(id))).toBe('registration_completed');
    });
  });

  describe('under the strict profile', () => {
    const answers = async (email: string) => {
      const seen: unknown[] = [];
      const note = async (work: Promise<unknown>) => seen.push(await outcome(work));
      const start = (contract: Contract) => world.start(contract, { email }, { from: world.strict });
      const { id } = await start('two-factor');
      for (let i = 0; i < 2; i++) {
        for (let wrong = 0; wrong < 3; wrong++) await note(verify(id, 'wrong'));
        await world.clock.advance(MINUTE_MS);
        await note(resend('two-factor', email, world.strict));
      }
      for (let wrong = 0; wrong < 2; wrong++) await note(verify(id, 'wrong'));
      await world.later();
      await note(verify(id, 'wrong'));
      await note(complete(id));
      await start('cookie');
      await note(finish('cookie', email, 'wrong', world.strict));
      await world.later();
      await note(finish('cookie', email, 'wrong', world.strict));
      await note(resend('cookie', email, world.strict));
      return seen;
    };

    it('a taken address is answered like a free one, to every guess and every wait', async () => {
      const known = 'known@example.com';
      await world.signUp('cookie', { email: known });
      await world.later();
      const before = world.codes(known).length;
      const [free, taken] = [await answers(EMAIL), await answers(known)];
      expect(taken).toEqual(free);
      expect(free).toContain('code_attempts_blocked');
      expect(free).toContain('code_expired');
      expect(world.codes(known)).toHaveLength(before);
    });

    it('so is a registration that nobody has started', async () => {
      await world.start('cookie', { email: EMAIL });
      const guesses = async (to: string) => {
        const seen = [];
        for (let i = 0; i < 8; i++) {
          seen.push(await outcome(finish('cookie', to, 'wrong', world.strict)));
          if (i % 3 !== 2) continue;
          await world.clock.advance(MINUTE_MS);
          seen.push(await outcome(resend('cookie', to, world.strict)));
        }
        return seen;
      };
      await resend('cookie', 'nobody@example.com', world.strict);
      expect(await guesses('nobody@example.com')).toEqual(await guesses(EMAIL));
      expect(world.codes('nobody@example.com')).toEqual([]);
    });

    it('the hidden code of a taken address makes nothing, even when it is guessed', async () => {
      await world.signUp('cookie', { email: EMAIL });
      await world.later();
      await world.start('cookie', { email: EMAIL }, { from: world.strict, password: 'his password' });
      const secret = world.hidden(EMAIL);
      expect(await outcome(finish('cookie', EMAIL, secret))).toBe('email_taken');
      expect(await outcome(world.auth.for('cookie').signIn.byPassword(EMAIL, 'his password'))).toBe(
        'credentials_wrong',
      );
    });
  });

  it('a wrong code is refused', async () => {
    await world.start('phone', { phone: PHONE });
    expect(await outcome(finish('phone', PHONE, otherThan(world.code(PHONE))))).toBe('code_invalid');
  });
});
