import bcrypt from 'bcryptjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPasswords } from '../../src/auth/passwords/passwords.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';
import { createWorld, EMAIL, MINUTE_MS, otherThan, outcome, PHONE } from './world.js';

const RULES = { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 };

describe.each(DATABASES)('signing in on %s', (kind) => {
  useWorld(kind);

  const request = (phone = PHONE, from = world.auth) => from.for('phone').signIn.requestCode(phone);
  const byCode = (code: string, phone = PHONE, from = world.auth) =>
    from.for('phone').signIn.byCode(phone, code);
  const byPassword = (password: string, email = EMAIL, from = world.auth) =>
    from.for('cookie').signIn.byPassword(email, password);
  const second = () => world.auth.for('two-factor').secondStep;

  it('with a code to the phone, once', async () => {
    const user = await world.signUp('phone', { phone: PHONE });
    await request();
    expect((await byCode(world.code(PHONE))).id).toBe(user.id);
    expect(await outcome(byCode(world.code(PHONE)))).toBe('code_invalid');
  });

  it('a code for one contract or for signing up does not sign in through another', async () => {
    await world.start('phone', { phone: PHONE });
    const first = world.code(PHONE);
    await world.auth.for('phone').signUp.finish({ kind: 'phone', value: PHONE }, first);
    expect(await outcome(byCode(first))).toBe('code_invalid');
    await request();
    const code = world.code(PHONE);
    expect(await outcome(world.auth.for('whatsapp').signIn.byCode(PHONE, code))).toBe('code_invalid');
    expect(await outcome(byCode(code))).toBe('ok');
  });

  it('with a password; unknown, wrong and impossible addresses are answered alike', async () => {
    await world.signUp('cookie', { email: EMAIL });
    expect(await outcome(byPassword('her password'))).toBe('ok');
    for (const [password, email] of [
      ['wrong', EMAIL],
      ['', EMAIL],
      ['her password', 'nobody@example.com'],
      ['her password', 'no address'],
      ['her password', 'a\0@example.com'],
      ['her password\0', EMAIL],
    ] as const) {
      expect(await outcome(byPassword(password, email))).toBe('credentials_wrong');
    }
  });

  it('an account without a password says that it uses Google, unless the profile is strict', async () => {
    const { id } = await world.signUp('cookie', { email: EMAIL });
    await database.store.updateTable('users').set({ password_hash: null }).where('id', '=', id).execute();
    expect(await outcome(byPassword('x'))).toBe('uses_google');
    expect(await outcome(byPassword('x', EMAIL, world.strict))).toBe('credentials_wrong');
  });

  it('a bcrypt hash that was brought along is accepted, and replaced by Argon2id at full cost', async () => {
    const user = await world.signUp('cookie', { email: EMAIL });
    const old = await bcrypt.hash('brought along', 4);
    await database.store.updateTable('users').set({ password_hash: old }).where('id', '=', user.id).execute();
    expect(await outcome(byPassword('wrong'))).toBe('credentials_wrong');
    expect((await world.user(user.id))?.password_hash).toBe(old);
    const { auth } = createWorld(database, { passwords: createPasswords() });
    expect(await outcome(byPassword('brought along', EMAIL, auth))).toBe('ok');
    expect((await world.user(user.id))?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await outcome(byPassword('brought along'))).toBe('ok');
  });

  it('under the strict profile a log-in costs the same beside imported hashes, whoever it is', async () => {
    const imported = await world.signUp('cookie', { email: EMAIL });
    await world.signUp('cookie', { email: 'bert@example.com' });
    const hash = await bcrypt.hash('brought along', 4);
    const compared = vi.spyOn(bcrypt, 'compare');
    onTestFinished(() => compared.mockRestore());
    const costOf = async (email: string) => {
      compared.mockClear();
      expect(await outcome(byPassword('wrong', email, world.strict))).toBe('credentials_wrong');
      return compared.mock.calls.length;
    };
    const costs = async () => [
      await costOf(EMAIL),
      await costOf('bert@example.com'),
      await costOf('no@example.com'),
    ];
    expect(await costs()).toEqual([0, 0, 0]);
    await database.store
      .updateTable('users')
      .set({ password_hash: hash })
      .where('id', '=', imported.id)
      .execute();
    expect(await costs()).toEqual([1, 1, 1]);
  });

  it('when and from where is kept', async () => {
    const user = await world.signUp('phone', { phone: PHONE });
    await request();
    const proven = await byCode(world.code(PHONE));
    await world.clock.advance(1_000);
    await world.auth.for('phone').complete(proven);
    expect(await world.user(user.id)).toMatchObject({
      last_login_at: world.clock.now(),
      last_login_ip: '192.0.2.7',
    });
  });

  describe('a deactivated account', () => {
    it('is refused at every door', async () => {
      const user = await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
      await request();
      await world.auth.users.deactivate(user.id);
      expect(await outcome(byCode(world.code(PHONE)))).toBe('account_unknown');
      expect(await outcome(request())).toBe('account_unknown');
      expect(await outcome(byPassword('her password'))).toBe('account_inactive');
      expect(await outcome(byPassword('wrong'))).toBe('credentials_wrong');
    });

    it('is refused when it was deactivated between the proof and the token', async () => {
      const user = await world.signUp('phone', { phone: PHONE });
      await request();
      const proven = await byCode(world.code(PHONE));
      await world.auth.users.deactivate(user.id);
      await world.auth.users.reactivate(user.id);
      expect(await outcome(world.auth.for('phone').complete(proven))).toBe('account_inactive');
    });

    it('is refused when it was deleted meanwhile', async () => {
      const user = await world.signUp('phone', { phone: PHONE });
      await request();
      const proven = await byCode(world.code(PHONE));
      await world.auth.users.remove(user.id);
      expect(await outcome(world.auth.for('phone').complete(proven))).toBe('account_inactive');
      expect(await outcome(byCode(world.code(PHONE)))).toBe('account_unknown');
    });
  });

  describe('with two factors', () => {
    it('the password alone, or the phone alone, gets nothing', async () => {
      const user = await world.signUp('two-factor', { phone: PHONE, email: EMAIL });
      const proven = await byPassword('her password');
      expect(proven.needsSecondStep).toBe(true);
      expect(await outcome(request())).toBe('two_factor_required');
      expect(await outcome(byCode('12345'))).toBe('two_factor_required');
      for (const contract of ['phone', 'whatsapp', 'two-factor', 'cookie'] as const) {
        const { complete } = world.auth.for(contract);
        expect(await outcome(complete(proven))).toBe('two_factor_required');
      }
      expect(await world.user(user.id)).toMatchObject({ last_login_at: null });
    });

    it('the second code signs in, once', async () => {
      const user = await world.signUp('two-factor', { email: EMAIL });
      const contact = await world.beginSecondStep(user);
      expect(contact).toEqual({ kind: 'email', value: EMAIL });
      const code = world.code(EMAIL);
      expect(await outcome(second().finish(user.id, otherThan(code)))).toBe('code_invalid');
      const proven = await second().finish(user.id, code);
      const signedIn = await world.auth.for('two-factor').complete(proven);
      expect(signedIn.user).toMatchObject({ id: user.id, twoFactor: true, lastLoginAddress: '192.0.2.7' });
      expect(await outcome(second().finish(user.id, code))).toBe('code_invalid');
    });

    it('an account with a phone gets its code there', async () => {
      const user = await world.signUp('two-factor', { phone: PHONE, email: EMAIL });
      const before = world.codes(PHONE).length;
      expect(await world.beginSecondStep(user)).toEqual({ kind: 'phone', value: PHONE });
      expect(world.codes(PHONE)).toHaveLength(before + 1);
      expect(world.codes(EMAIL)).toEqual([]);
    });

    it('the code of the registration is not a second factor, and the other way round', async () => {
      const { id } = await world.start('two-factor', { email: EMAIL });
      const registration = world.code(EMAIL);
      await world.auth.for('two-factor').signUp.verify(id, registration);
      await world.auth.for('two-factor').signUp.setPassword(id, 'her password');
      await second().begin(await byPassword('her password'));
      expect(await outcome(second().finish(id, registration))).toBe('code_invalid');
    });

    it('without the password there is nothing to repeat', async () => {
      const user = await world.signUp('two-factor', { email: EMAIL });
      const before = world.codes(EMAIL).length;
      for (const id of [user.id, 'unknown', 'a\0b']) {
        await second().repeat(id);
        expect(await outcome(second().finish(id, '123456'))).toBe('code_invalid');
      }
      expect(world.codes(EMAIL)).toHaveLength(before);
    });

    it('a repeated code ends the older one', async () => {
      const user = await world.signUp('two-factor', { email: EMAIL });
      await world.beginSecondStep(user);
      const old = world.code(EMAIL);
      await second().repeat(user.id);
      expect(await outcome(second().finish(user.id, old))).toBe('code_invalid');
      expect(await outcome(second().finish(user.id, world.code(EMAIL)))).toBe('ok');
    });

    it('repeating does not keep a sign-in open for ever', async () => {
      const user = await world.signUp('two-factor', { email: EMAIL });
      await world.later();
      await world.beginSecondStep(user);
      const before = world.codes(EMAIL).length;
      for (let i = 0; i < 7; i++) {
        await world.clock.advance(4 * MINUTE_MS);
        await second().repeat(user.id);
      }
      expect(world.codes(EMAIL).length - before).toBe(3);
      expect(await outcome(second().finish(user.id, world.code(EMAIL)))).toBe('code_expired');
    });

    it('a repeat that comes just too late opens nothing', async () => {
      const user = await world.signUp('two-factor', { email: EMAIL });
      await world.beginSecondStep(user);
      const code = world.code(EMAIL);
      const before = world.codes(EMAIL).length;
      const key = { contract: 'two-factor', purpose: 'login', subject: user.id } as const;
      const late = world.challenges.issue({
        key,
        contact: { kind: 'email', value: EMAIL },
        rules: RULES,
        silent: false,
        onlyIfOpen: true,
        // Between the look and the transaction the code was used.
      });
      const [used, repeated] = await Promise.all([outcome(second().finish(user.id, code)), outcome(late)]);
      // Whichever came first, the other has found nothing.
      expect([
        ['ok', 'code_expired'],
        ['code_invalid', 'ok'],
      ]).toContainEqual([used, repeated]);
      expect(await world.challenges.isOpen(key)).toBe(repeated === 'ok');
      expect(world.codes(EMAIL).length - before).toBe(repeated === 'ok' ? 1 : 0);
      await world.later();
      expect(
        await outcome(
          world.challenges.issue({
            key,
            contact: { kind: 'email', value: EMAIL },
            rules: RULES,
            silent: false,
            onlyIfOpen: true,
          }),
        ),
      ).toBe('code_expired');
      expect(await world.challenges.isOpen(key)).toBe(false);
    });

    it('a deactivated account gets no second code, and none that it has works', async () => {
      const user = await world.signUp('two-factor', { email: EMAIL });
      await world.beginSecondStep(user);
      const before = world.codes(EMAIL).length;
      await world.auth.users.deactivate(user.id);
      await second().repeat(user.id);
      expect(world.codes(EMAIL)).toHaveLength(before);
      expect(await outcome(second().finish(user.id, world.code(EMAIL)))).toBe('account_inactive');
      await world.auth.users.reactivate(user.id);
      expect(await outcome(second().finish(user.id, world.code(EMAIL)))).toBe('code_invalid');
    });
  });

  describe('under the strict profile', () => {
    const NOBODY = '+6281234567800';

    it('unknown, deactivated and two-factor accounts are answered like a known one, to every guess', async () => {
      const [known, inactive, twoFactor] = ['+6281234567801', '+6281234567802', '+6281234567803'];
      await world.signUp('phone', { phone: known });
      const { id } = await world.signUp('phone', { phone: inactive });
      await world.auth.users.deactivate(id);
      await world.signUp('two-factor', { phone: twoFactor, email: EMAIL });
      await world.later();
      const answers = async (phone: string) => {
        const seen = [];
        for (let i = 0; i < 8; i++) {
          if (i % 3 === 0) {
            await world.clock.advance(MINUTE_MS);
            seen.push(await outcome(request(phone, world.strict)));
          }
          seen.push(await outcome(byCode('00000', phone, world.strict)));
        }
        return seen;
      };
      const usual = await answers(known);
      expect(usual).toContain('code_attempts_blocked');
      for (const phone of [NOBODY, inactive, twoFactor]) expect(await answers(phone)).toEqual(usual);
      expect(world.codes(NOBODY)).toEqual([]);
    });

    it('a silent code signs nobody in', async () => {
      await request(NOBODY, world.strict);
      expect(await outcome(byCode(world.hidden(NOBODY), NOBODY, world.strict))).toBe('code_invalid');
    });

    it('sends a known account its code', async () => {
      await world.signUp('phone', { phone: PHONE });
      await request(PHONE, world.strict);
      expect(await outcome(byCode(world.code(PHONE), PHONE, world.strict))).toBe('ok');
    });

    it('does not hide that nothing can be sent', async () => {
      await world.signUp('phone', { phone: PHONE });
      const refused = new Error('no connection');
      world.fail(refused);
      await expect(request(PHONE, world.strict)).rejects.toBe(refused);
      await expect(request(NOBODY, world.strict)).rejects.toBe(refused);
    });
  });

  it('under the documented profile unknown ones are told apart', async () => {
    expect(await outcome(request())).toBe('account_unknown');
    expect(await outcome(byCode('12345'))).toBe('account_unknown');
  });
});
