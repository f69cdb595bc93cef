import { beforeEach, describe, expect, it } from 'vitest';
import type { UserRow } from '../../database/schema.js';
import type { OpenIdIdentity } from '../../src/auth/openid/openid.js';
import { createOpenIdAccounts } from '../../src/auth/openid/openid-accounts.js';
import { silentLog } from '../../src/log.js';
import { DATABASES } from '../support/databases.js';
import { countedPasswords } from '../support/passwords.js';
import { database, useWorld, world } from './use-world.js';
import { contactOf, count, createWorld, EMAIL, outcome, PHONE } from './world.js';

const OTHER_PHONE = '+6281234567891';
const GOOGLE: OpenIdIdentity = {
  issuer: 'https://google.example',
  subject: '4711',
  email: EMAIL,
  name: 'Asha M',
};

describe.each(DATABASES)('addresses that were only claimed, on %s', (kind) => {
  useWorld(kind);
  let google: ReturnType<typeof createOpenIdAccounts>;
  let warnings: string[];

  beforeEach(() => {
    warnings = [];
    const log = { ...silentLog, warn: (text: string) => void warnings.push(text) };
    google = createOpenIdAccounts({ ...world, log });
  });

  const claim = (phone = PHONE, password = 'his password') =>
    world.signUp('whatsapp', { phone, email: EMAIL }, { password });
  const signIn = (password: string) => world.auth.for('cookie').signIn.byPassword(EMAIL, password);
  const identities = () => database.store.selectFrom('identities').selectAll().execute();

  /** What is left of a claim after somebody else has proven the address. */
  async function expectLost(claimed: UserRow, token: string): Promise<void> {
    expect(await world.user(claimed.id)).toMatchObject({
      phone: claimed.phone,
      email: null,
      email_verified_at: null,
      password_hash: null,
      token_epoch: claimed.token_epoch + 1,
    });
    expect(['credentials_wrong', 'uses_google']).toContain(await outcome(signIn('his password')));
    expect((await world.auth.for('whatsapp').tokens.check(token)).kind).toBe('invalid');
  }

  it('the password is accepted together with an address that is only a label', async () => {
    const user = await claim();
    expect((await signIn('his password')).id).toBe(user.id);
    expect((await world.auth.for('cookie').signIn.byPassword(' ASHA@example.com', 'his password')).id).toBe(
      user.id,
    );
    expect(await outcome(signIn('her password'))).toBe('credentials_wrong');
    expect(await world.auth.for('cookie').signIn.isProven(EMAIL)).toBe(false);
  });

  it('of accounts that claim one address, the password of the one whose phone signed in last counts', async () => {
    const one = await claim(PHONE, 'one boat');
    await world.clock.advance(1);
    const two = await claim(OTHER_PHONE, 'two boats');
    expect(await outcome(signIn('one boat'))).toBe('credentials_wrong');
    expect((await signIn('two boats')).id).toBe(two.id);
    await world.clock.advance(1);
    await world.auth.for('phone').signIn.requestCode(PHONE);
    await world.auth.for('phone').signIn.byCode(PHONE, world.code(PHONE));
    expect((await signIn('one boat')).id).toBe(one.id);
    expect(await outcome(signIn('two boats'))).toBe('credentials_wrong');
  });

  it('five accounts of a stranger with her address cost her neither her password nor more than one hash', async () => {
    for (let n = 1; n <= 5; n++) await claim(`+628123456700${n}`);
    await world.clock.advance(1);
    const hers = await claim(PHONE, 'her password');
    let compared = 0;
    const passwords = countedPasswords(() => void compared++);
    const { auth } = createWorld(database, { clock: world.clock, passwords });
    const byPassword = (password: string) => auth.for('cookie').signIn.byPassword(EMAIL, password);
    expect((await byPassword('her password')).id).toBe(hers.id);
    expect(compared).toBe(1);
    expect(await outcome(byPassword('a guess'))).toBe('credentials_wrong');
    expect(compared).toBe(2);
  });

  it('claimed and proven at the same moment it has one account, in 100 rounds', async () => {
    for (let round = 0; round < 100; round++) {
      const email = `asha${round}@example.com`;
      const phone = `+62812345${String(67_000 + round)}`;
      await world.start('whatsapp', { phone, email }, { password: null });
      await world.start('cookie', { email }, { password: null });
      const { signUp } = world.auth.for('cookie');
      await Promise.all([
        outcome(world.auth.for('whatsapp').signUp.finish(contactOf(phone), world.code(phone))),
        signUp.finish(contactOf(email), world.code(email)),
      ]);
      const holders = (await world.users()).filter((user) => user.email === email);
      expect(holders).toMatchObject([{ phone: null, email_verified_at: expect.any(Number) }]);
    }
  });

  it.each(['cookie', 'two-factor'] as const)(
    'who proves it by a %s code takes it from all who claimed it',
    async (contract) => {
      const claims = [await claim(PHONE), await claim(OTHER_PHONE)];
      const tokens = [];
      for (const user of claims) tokens.push(await world.token('whatsapp', user));
      const owner = await world.signUp(contract, { email: EMAIL });
      expect(owner).toMatchObject({ email: EMAIL, phone: null, email_verified_at: world.clock.now() });
      for (const [at, user] of claims.entries()) await expectLost(user, tokens[at] ?? '');
      expect((await signIn('her password')).id).toBe(owner.id);
    },
  );

  it('its pending codes end, too; the phone still signs in with a new one', async () => {
    const user = await claim();
    await world.later();
    await world.auth.for('whatsapp').signIn.requestCode(PHONE);
    const pending = world.code(PHONE);
    await world.signUp('cookie', { email: EMAIL });
    expect(await outcome(world.auth.for('whatsapp').signIn.byCode(PHONE, pending))).toBe('code_invalid');
    await world.later();
    await world.auth.for('whatsapp').signIn.requestCode(PHONE);
    expect((await world.auth.for('whatsapp').signIn.byCode(PHONE, world.code(PHONE))).id).toBe(user.id);
  });

  it('an account that needed its password as a first step signs in with its phone alone: nobody is locked out', async () => {
    const user = await world.signUp('two-factor', { email: EMAIL, phone: PHONE });
    await world.later();
    await world.signUp('cookie', { email: EMAIL });
    await world.auth.for('phone').signIn.requestCode(PHONE);
    expect((await world.auth.for('phone').signIn.byCode(PHONE, world.code(PHONE))).id).toBe(user.id);
  });

  it('an account that has nothing proven left is deleted, with what it was linked to', async () => {
    const user = await claim();
    await database.store.updateTable('users').set({ phone: null }).where('id', '=', user.id).execute();
    await database.store
      .insertInto('identities')
      .values({ issuer: 'https://x.example', subject: '1', user_id: user.id, created_at: 1 })
      .execute();
    const token = await world.token('whatsapp', user);
    await world.signUp('cookie', { email: EMAIL });
    expect(await world.user(user.id)).toBeUndefined();
    expect(await identities()).toEqual([]);
    expect((await world.auth.for('whatsapp').tokens.check(token)).kind).toBe('user_gone');
  });

  it('an account that keeps its phone loses the identities that came with the address', async () => {
    const user = await claim();
    await database.store
      .insertInto('identities')
      .values({ issuer: GOOGLE.issuer, subject: 'his', user_id: user.id, created_at: 1 })
      .execute();
    await world.signUp('cookie', { email: EMAIL });
    expect(await identities()).toEqual([]);
  });

  it('registrations under way that name the address end with it', async () => {
    await world.start('whatsapp', { phone: PHONE, email: EMAIL }, { password: 'his password' });
    await world.start('two-factor', { email: EMAIL });
    await world.signUp('cookie', { email: EMAIL });
    expect(await outcome(world.auth.for('whatsapp').signUp.finish(contactOf(PHONE), world.code(PHONE)))).toBe(
      'registration_unknown',
    );
    expect(await database.store.selectFrom('registrations').selectAll().execute()).toEqual([]);
  });

  it('a registration that named another address goes on', async () => {
    await world.start('whatsapp', { phone: PHONE, email: 'other@example.com' });
    await world.signUp('cookie', { email: EMAIL });
    expect(await outcome(world.auth.for('whatsapp').signUp.finish(contactOf(PHONE), world.code(PHONE)))).toBe(
      'ok',
    );
  });

  it('nobody can claim what is proven, and a claim that slipped in signs nobody in', async () => {
    const owner = await world.signUp('cookie', { email: EMAIL });
    expect(await outcome(claim())).toBe('email_taken');
    const stranger = await world.signUp(
      'whatsapp',
      { phone: PHONE, email: 'his@example.com' },
      { password: 'his boat' },
    );
    await database.store.updateTable('users').set({ email: EMAIL }).where('id', '=', stranger.id).execute();
    expect(await outcome(signIn('his boat'))).toBe('credentials_wrong');
    expect((await signIn('her password')).id).toBe(owner.id);
  });

  it('a sign-in that was under way while the address was lost leads nowhere', async () => {
    const user = await claim();
    const halfway = await signIn('his password');
    await world.signUp('cookie', { email: EMAIL });
    expect(await outcome(world.auth.for('phone').complete(halfway))).toBe('account_inactive');
    expect((await world.user(user.id))?.last_login_at).toBeNull();
  });

  it('of three who prove it at once one has it, and nobody waits for anybody', async () => {
    for (let round = 0; round < 6; round++) {
      const email = `asha${round}@example.com`;
      const claims = [0, 1].map((at) => ({ phone: `+62812345690${round}${at}`, email }));
      for (const to of claims) await world.signUp('whatsapp', to, { password: null });
      const { id } = await world.start('two-factor', { email });
      await world.auth.for('two-factor').signUp.verify(id, world.code(email));
      await world.start('cookie', { email }, { password: null });
      const outcomes = await Promise.all([
        outcome(world.auth.for('two-factor').signUp.setPassword(id, 'her boat')),
        outcome(world.auth.for('cookie').signUp.finish(contactOf(email), world.code(email))),
        outcome(google({ ...GOOGLE, subject: email, email })),
      ]);
      expect(outcomes).toContain('ok');
      const owners = (await world.users()).filter((user) => user.email === email);
      expect(owners).toHaveLength(1);
      expect(owners[0]?.email_verified_at).not.toBeNull();
    }
  });

  describe('and Google', () => {
    it('makes an account for an address that nobody has', async () => {
      const { id } = await google(GOOGLE);
      expect(await world.user(id)).toMatchObject({
        contract: 'cookie',
        email: EMAIL,
        name: 'Asha M',
        password_hash: null,
        phone: null,
        email_verified_at: expect.any(Number),
      });
      expect((await google(GOOGLE)).id).toBe(id);
      expect(await outcome(signIn(''))).toBe('uses_google');
    });

    it('takes the address from a claim: the password that waited for her is dead', async () => {
      const claimed = await claim();
      const token = await world.token('whatsapp', claimed);
      const hers = await google(GOOGLE);
      expect(hers.id).not.toBe(claimed.id);
      await expectLost(claimed, token);
    });

    it('links to the account that has proven the address, which keeps its password', async () => {
      const hers = await world.signUp('cookie', { email: EMAIL });
      expect((await google(GOOGLE)).id).toBe(hers.id);
      expect((await signIn('her password')).id).toBe(hers.id);
      expect(warnings).toEqual([]);
      expect(await identities()).toMatchObject([
        { issuer: GOOGLE.issuer, subject: '4711', user_id: hers.id },
      ]);
    });

    it('drops a password of before that her address may never have proven, with its tokens, and says so once', async () => {
      for (let round = 0; round < 20; round++) {
        const email = `asha${round}@example.com`;
        const { id } = await world.signUp('cookie', { email }, { password: 'his password' });
        await database.store
          .updateTable('users')
          .set({ password_contact: null })
          .where('id', '=', id)
          .execute();
        const before = await world.user(id);
        if (!before) throw new Error('the account is gone');
        const token = await world.token('cookie', before);
        const mine = { ...GOOGLE, subject: String(round), email };
        for (let n = 0; n < 2; n++) expect((await google(mine)).id).toBe(id);
        const guess = world.auth.for('cookie').signIn.byPassword(email, 'his password');
        expect(await outcome(guess)).toBe('uses_google');
        expect((await world.auth.for('cookie').tokens.check(token)).kind).toBe('invalid');
        expect(await world.user(id)).toMatchObject({ password_hash: null, token_epoch: 1 });
        expect(warnings).toHaveLength(round + 1);
      }
    });

    it('knows her by who she is there, whatever her address is by now', async () => {
      const hers = await google(GOOGLE);
      const other = await world.signUp('cookie', { email: 'new@example.com' });
      expect((await google({ ...GOOGLE, email: 'new@example.com' })).id).toBe(hers.id);
      expect((await google({ ...GOOGLE, subject: '4712', email: 'new@example.com' })).id).toBe(other.id);
      expect(await world.users()).toHaveLength(2);
    });

    it('the same subject at another provider is somebody else', async () => {
      const hers = await google(GOOGLE);
      const other = await google({ ...GOOGLE, issuer: 'https://other.example', email: 'x@example.com' });
      expect(other.id).not.toBe(hers.id);
    });

    it('does not open an account with two factors, nor a deactivated one, and links neither', async () => {
      await world.signUp('two-factor', { email: EMAIL });
      expect(await outcome(google(GOOGLE))).toBe('two_factor_required');
      const other = await world.signUp('cookie', { email: 'other@example.com' });
      await world.auth.users.deactivate(other.id);
      expect(await outcome(google({ ...GOOGLE, subject: '2', email: 'other@example.com' }))).toBe(
        'account_inactive',
      );
      expect(await identities()).toEqual([]);
    });

    it('refuses a known identity whose account is deactivated', async () => {
      const hers = await google(GOOGLE);
      await world.auth.users.deactivate(hers.id);
      expect(await outcome(google(GOOGLE))).toBe('account_inactive');
    });

    it('ten first sign-ins at once make one account', async () => {
      const users = await Promise.all(Array.from({ length: 10 }, () => google(GOOGLE)));
      expect(new Set(users.map(({ id }) => id)).size).toBe(1);
      expect(await identities()).toHaveLength(1);
    });

    it('ten of them at once for a proven address are ten links to one', async () => {
      await world.signUp('cookie', { email: EMAIL });
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, at) => outcome(google({ ...GOOGLE, subject: String(at % 2) }))),
      );
      expect(count(outcomes)).toEqual({ ok: 10 });
      expect(await identities()).toHaveLength(2);
    });
  });
});
