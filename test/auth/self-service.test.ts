import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { UserRow } from '../../database/schema.js';
import type { SharedPasswords } from '../../src/auth/passwords/passwords.js';
import { AppError } from '../../src/errors.js';
import { rulesOf } from '../../src/limits/rules.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { cheapPasswords } from '../support/passwords.js';
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
  type World,
} from './world.js';

const OTHER = '+6281234567891';
const NEW = 'four wet boots';

describe.each(DATABASES)("people's own accounts, on %s", (kind) => {
  let database: Database;
  let world: World;
  let hashed: string[];

  beforeEach(async () => {
    hashed = [];
    database = await openTestDatabase(kind);
    world = createWorld(database, { passwords: noted(cheapPasswords()) });
  });

  afterEach(() => database.close());

  function noted(passwords: SharedPasswords): SharedPasswords {
    return {
      from(address) {
        const own = passwords.from(address);
        return {
          ...own,
          hash(password) {
            hashed.push(password);
            return own.hash(password);
          },
        };
      },
    };
  }

  const own = () => world.auth.selfService.from(HERE);
  const forgotten = () => own().forgotten;
  const holder = async ({ id }: UserRow) => ({ id, epoch: (await world.user(id))?.token_epoch ?? -1 });
  const signIn = (password: string, email = EMAIL) =>
    outcome(world.auth.for('cookie').signIn.byPassword(email, password));

  it('a code to the proven contact changes the password, and is remembered as its proof', async () => {
    const user = await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
    await world.later();
    expect(await own().sendCode(await holder(user))).toEqual(contactOf(PHONE));
    await own().changePassword(await holder(user), { code: world.code(PHONE) }, NEW);
    expect(await world.user(user.id)).toMatchObject({
      password_contact: `phone:${PHONE}`,
      token_epoch: user.token_epoch + 1,
    });
    expect(await signIn(NEW)).toBe('ok');
    expect(await signIn('her password')).toBe('credentials_wrong');
    expect(world.told).toEqual([[PHONE, 'password_changed']]);
  });

  it('the current password changes it without a proof of its own', async () => {
    const user = await world.signUp('cookie', { email: EMAIL });
    await own().changePassword(await holder(user), { currentPassword: 'her password' }, NEW);
    expect((await world.user(user.id))?.password_contact).toBe(user.password_contact);
    expect(world.told).toContainEqual([EMAIL, 'password_changed']);
    expect(await signIn(NEW)).toBe('ok');
  });

  it('a wrong code, and a current password beyond the limit, cost no hash', async () => {
    const user = await world.signUp('cookie', { email: EMAIL });
    await world.later();
    await own().sendCode(await holder(user));
    hashed = [];
    const wrong = otherThan(world.code(EMAIL));
    expect(await outcome(own().changePassword(await holder(user), { code: wrong }, NEW))).toBe(
      'code_invalid',
    );
    expect(await outcome(forgotten().reset(contactOf(EMAIL), wrong, NEW))).toBe('code_invalid');
    const outcomes = [];
    for (let n = 0; n < 12; n++) {
      outcomes.push(
        await outcome(own().changePassword(await holder(user), { currentPassword: 'a guess' }, NEW)),
      );
    }
    expect(count(outcomes)).toEqual({ credentials_wrong: 10, rate_limited: 2 });
    expect(hashed).toEqual([]);
  });

  it('of ten right answers at once one counts', async () => {
    const user = await world.signUp('cookie', { email: EMAIL });
    await world.later();
    await forgotten().sendCode(contactOf(EMAIL));
    const code = world.code(EMAIL);
    const all = Array.from({ length: 10 }, () => outcome(forgotten().reset(contactOf(EMAIL), code, NEW)));
    expect(count(await Promise.all(all)).ok).toBe(1);
    expect(world.told.filter(([, what]) => what === 'password_changed')).toEqual([
      [EMAIL, 'password_changed'],
    ]);
    expect((await world.user(user.id))?.token_epoch).toBe(user.token_epoch + 1);
  });

  it('a code is good for what it was asked for, and for nothing else', async () => {
    const user = await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
    const { signIn: login } = world.auth.for('phone');
    const change = async (code: string) => outcome(own().changePassword(await holder(user), { code }, NEW));
    const reset = (code: string) => outcome(forgotten().reset(contactOf(PHONE), code, NEW));
    await world.later();
    await login.requestCode(PHONE);
    const toSignIn = world.code(PHONE);
    await own().sendCode(await holder(user));
    const toChange = world.code(PHONE);
    await forgotten().sendCode(contactOf(PHONE));
    const toReset = world.code(PHONE);
    expect([await change(toReset), await reset(toChange)]).toEqual(['code_invalid', 'code_invalid']);
    expect([await reset(toSignIn), await outcome(login.byCode(PHONE, toReset))]).toEqual([
      'code_invalid',
      'code_invalid',
    ]);
    expect(await reset(toReset)).toBe('ok');
    // What was waiting has ended with the old password.
    expect([await change(toChange), await outcome(login.byCode(PHONE, toSignIn))]).toEqual([
      'code_invalid',
      'code_invalid',
    ]);
  });

  it('what depends on who somebody is, is told with the right code only, and leaves it good', async () => {
    await world.signUp('cookie', { email: EMAIL }, { name: 'Asha Mehta' });
    await world.later();
    await forgotten().sendCode(contactOf(EMAIL));
    const code = world.code(EMAIL);
    const reset = (given: string, password: string) =>
      outcome(forgotten().reset(contactOf(EMAIL), given, password));
    expect(await reset(otherThan(code), 'asha mehta')).toBe('code_invalid');
    expect(await reset(code, 'asha mehta')).toBe('password_unfit');
    expect(await reset(code, NEW)).toBe('ok');
  });

  it('a second step that was begun with the old password comes to nothing', async () => {
    const user = await world.signUp('two-factor', { email: EMAIL });
    await world.later();
    await world.beginSecondStep(user);
    const code = world.code(EMAIL);
    await own().changePassword(await holder(user), { currentPassword: 'her password' }, NEW);
    expect(await outcome(world.auth.for('two-factor').secondStep.finish(user.id, code))).toBe('code_invalid');
    expect((await world.user(user.id))?.two_factor_at).toBe(user.two_factor_at);
  });

  it('a token that has ended meanwhile changes nothing', async () => {
    const user = await world.signUp('cookie', { email: EMAIL });
    const before = await holder(user);
    await own().endTokens(before);
    expect(world.told).toContainEqual([EMAIL, 'signed_out_everywhere']);
    expect(await outcome(own().endTokens(before))).toBe('token_invalid');
    expect(await outcome(own().sendCode(before))).toBe('token_invalid');
    const change = own().changePassword(before, { currentPassword: 'her password' }, NEW);
    expect(await outcome(change)).toBe('token_invalid');
    expect(await signIn('her password')).toBe('ok');
  });

  it('nothing is sent where there is no account, none that is active, or only a claim', async () => {
    const gone = await world.signUp('phone', { phone: OTHER });
    await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
    await world.auth.users.deactivate(gone.id);
    await world.later();
    for (const to of ['+6281234567892', OTHER, EMAIL]) {
      const before = world.codes(to).length;
      await forgotten().sendCode(contactOf(to));
      expect(world.codes(to)).toHaveLength(before);
      // Guessed right, it still opens nothing.
      expect(await outcome(forgotten().reset(contactOf(to), world.hidden(to), NEW))).toBe('code_invalid');
    }
  });

  it.each(['sender_restricted', 'cold_budget_used'] as const)(
    'a number that cannot be written to now (%s) is answered like one without an account',
    async (code) => {
      await world.signUp('phone', { phone: PHONE });
      await world.later();
      const before = world.codes(PHONE).length;
      const { reserve } = world.issuer;
      world.issuer.reserve = (order) =>
        order.silent ? reserve(order) : Promise.reject(new AppError(code, 'Not now.'));
      for (const to of [PHONE, OTHER]) expect(await outcome(forgotten().sendCode(contactOf(to)))).toBe('ok');
      await world.later();
      const { signIn } = world.strict.for('phone');
      for (const to of [PHONE, OTHER]) expect(await outcome(signIn.requestCode(to))).toBe('ok');
      expect(world.codes(PHONE)).toHaveLength(before);
    },
  );

  it('a code also opens the password that strangers have used up', async () => {
    await world.signUp('cookie', { email: EMAIL });
    const key = { name: 'account-passwords', subject: EMAIL };
    const now = world.clock.now();
    await database.store
      .insertInto('limit_counts')
      .values({ ...key, used: 100, since: now, until: now + 86_400_000 })
      .execute();
    await database.store.deleteFrom('known_clients').execute();
    expect(await signIn('her password')).toBe('rate_limited');
    await forgotten().sendCode(contactOf(EMAIL));
    await forgotten().reset(contactOf(EMAIL), world.code(EMAIL), NEW);
    expect(await signIn(NEW)).toBe('ok');
  });

  describe('beside strangers', () => {
    const at = (address: string) => world.plainAuth.selfService.from(clientAt(address));

    beforeEach(() => {
      const rules = rulesOf({ eased: false, overrides: {} });
      world = createWorld(database, { passwords: noted(cheapPasswords()), rules });
    });

    it('a right password of one’s own clears no tries at the account of somebody with the same address', async () => {
      await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
      await world.later();
      const his = await world.signUp(
        'whatsapp',
        { phone: OTHER, email: EMAIL },
        { password: 'his own password' },
      );
      await world.later();
      // Hers is the account of the address: she has signed in last.
      await world.auth.for('whatsapp').signIn.requestCode(PHONE);
      await world.auth.for('whatsapp').signIn.byCode(PHONE, world.code(PHONE));
      const guesser = clientAt('203.0.113.9');
      const guess = () =>
        outcome(world.plainAuth.for('cookie').from(guesser).signIn.byPassword(EMAIL, 'a guess'));
      for (let n = 0; n < 9; n++) expect(await guess()).toBe('credentials_wrong');
      await world.plainAuth.selfService
        .from(guesser)
        .changePassword(await holder(his), { currentPassword: 'his own password' }, NEW);
      expect([await guess(), await guess()]).toEqual(['credentials_wrong', 'rate_limited']);
    });

    it('whoever has a token gets a code for the password, though strangers have used up theirs', async () => {
      const user = await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
      await world.later();
      const asked: string[] = [];
      for (let n = 0; n < 14; n++) {
        asked.push(await outcome(at(`203.0.113.${n + 1}`).forgotten.sendCode(contactOf(PHONE))));
        await world.later(4 * MINUTE_MS);
      }
      expect(asked.at(-1)).toBe('rate_limited');
      const roaming = at('198.51.100.77');
      expect(await roaming.sendCode(await holder(user))).toEqual(contactOf(PHONE));
      await roaming.changePassword(await holder(user), { code: world.code(PHONE) }, NEW);
    });

    it('a reset and the end of all tokens at the same moment do not lock each other out', async () => {
      const user = await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
      const ends: string[] = [];
      for (let n = 0; n < 20; n++) {
        await world.clock.advance(25 * 60 * MINUTE_MS);
        const own = world.plainAuth.selfService.from(HERE);
        await own.forgotten.sendCode(contactOf(PHONE));
        const [code, present] = [world.code(PHONE), await holder(user)];
        const reset = outcome(own.forgotten.reset(contactOf(PHONE), code, `${NEW} ${n}`));
        const ended = outcome(own.endTokens(present));
        ends.push(await reset, await ended);
      }
      expect(
        Object.keys(count(ends)).filter((end) => !['ok', 'code_invalid', 'token_invalid'].includes(end)),
      ).toEqual([]);
    });
  });
});
