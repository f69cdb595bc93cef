import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { Contract } from '../../database/schema.js';
import { rulesOf } from '../../src/limits/rules.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import {
  clientAt,
  contactOf,
  count,
  createWorld,
  MINUTE_MS,
  otherThan,
  outcome,
  visitedBy,
  type World,
  waitOf,
} from './world.js';

/** Four make a cycle: the storm before or after her code, for each of two people. PostgreSQL takes three times as long. */
const ROUNDS = { sqlite: 20, postgres: 8 };
const HIS = 'his password';

describe.each(DATABASES)('strangers at the doors on %s', (kind) => {
  const rounds = ROUNDS[kind];
  let database: Database;
  let world: World;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    world = createWorld(database, { rules: rulesOf({ eased: false, overrides: {} }) });
  });
  afterEach(() => database.close());

  const at = (address: string, also = {}) => visitedBy(clientAt(address, also), world.plainAuth);
  const hers = () => at('192.0.2.7');
  const attackers = (many: number) => Array.from({ length: many }, (_, n) => at(`198.51.100.${n + 1}`));
  const numbered = (n: number) => `+62812345678${String(n).padStart(2, '0')}`;
  const nextDay = () => world.clock.advance(25 * 60 * MINUTE_MS);

  describe.each([
    ['cookie', (n: number) => ({ email: `asha${n}@example.com` })],
    ['whatsapp', (n: number) => ({ phone: numbered(n), email: `asha${n}@example.com` })],
  ] as const)('a registration of the %s contract', (contract, who) => {
    const contactIn = (to: { phone?: string; email: string }) => contactOf(to.phone ?? to.email);
    const passwordsThatWork = async (email: string) => {
      const byPassword = (password: string) =>
        outcome(at('203.0.113.9').for('cookie').signIn.byPassword(email, password));
      return { hers: await byPassword('her password'), his: await byPassword(HIS) };
    };

    it.each([
      ['after hers', false],
      ['before hers', true],
    ])('of a stranger %s is never finished by her code, and hers is, from her address', async (_, first) => {
      for (let n = 0; n < rounds; n++) {
        const [to, stranger] = [who(n), at(`198.51.100.${n + 1}`)];
        const { value } = contactIn(to);
        const start = async (from = hers(), password = 'her password') => {
          await world.start(contract, to, { from, password });
          return world.code(value);
        };
        const early = first ? await start(stranger, HIS) : '';
        const own = await start();
        const his = first ? early : await start(stranger, HIS);
        const finish = (code: string) => hers().for(contract).signUp.finish(contactIn(to), code);
        expect(await outcome(finish(his))).toBe('code_invalid');
        expect(await outcome(finish(own))).toBe('ok');
        expect(await passwordsThatWork(to.email)).toEqual({ hers: 'ok', his: 'credentials_wrong' });
        await world.later();
      }
    });

    it('is hers from any address with its id, and a stranger’s id finishes nothing', async () => {
      for (let n = 0; n < rounds; n++) {
        const to = who(n);
        const { id } = await world.start(contract, to, { from: hers() });
        const own = world.code(contactIn(to).value);
        const his = await world.start(contract, to, { from: at(`198.51.100.${n + 1}`), password: HIS });
        const finish = (named: string) =>
          outcome(at('203.0.113.77', { named }).for(contract).signUp.finish(contactIn(to), own));
        expect(await finish(his.id)).toBe('code_invalid');
        expect(await finish('00000000-0000-4000-8000-000000000000')).toBe('code_invalid');
        expect(await finish(id)).toBe('ok');
        expect(await passwordsThatWork(to.email)).toEqual({ hers: 'ok', his: 'credentials_wrong' });
        await world.later();
      }
    });

    it('is hers with her cookie, though a stranger shares her address', async () => {
      const to = who(0);
      const [browser, stranger] = [at('192.0.2.7', { cookie: 'hers' }), at('192.0.2.7', { cookie: 'his' })];
      await world.start(contract, to, { from: browser });
      const own = world.code(contactIn(to).value);
      await world.start(contract, to, { from: stranger, password: HIS });
      const finish = (code: string) => browser.for(contract).signUp.finish(contactIn(to), code);
      expect(await outcome(finish(world.code(contactIn(to).value)))).toBe('code_invalid');
      expect(await outcome(finish(own))).toBe('ok');
      expect(await passwordsThatWork(to.email)).toEqual({ hers: 'ok', his: 'credentials_wrong' });
    });

    it('where nothing tells two clients apart: two passwords end in none, one typed twice stays', async () => {
      for (const [n, second] of [HIS, 'her password'].entries()) {
        const to = who(n);
        const { value } = contactIn(to);
        await world.start(contract, to, { from: hers() });
        await world.later(MINUTE_MS);
        await world.start(contract, to, { from: hers(), password: second });
        const account = await world.account(
          hers().for(contract).signUp.finish(contactIn(to), world.code(value)),
        );
        expect(account.password_hash === null).toBe(second === HIS);
        await world.later();
      }
    });
  });

  it('a registration without a password is finished from anywhere, unless another client has asked too', async () => {
    const finish = (n: number, code: string) =>
      outcome(
        at('203.0.113.77')
          .for('phone')
          .signUp.finish(contactOf(numbered(n)), code),
      );
    await world.start('phone', { phone: numbered(1) }, { from: hers() });
    expect(await finish(1, world.code(numbered(1)))).toBe('ok');
    await world.start('phone', { phone: numbered(2) }, { from: hers() });
    const own = world.code(numbered(2));
    await world.start('phone', { phone: numbered(2) }, { from: at('198.51.100.1'), name: 'Mallory' });
    expect(await finish(2, own)).toBe('code_invalid');
    const account = hers()
      .for('phone')
      .signUp.finish(contactOf(numbered(2)), own);
    expect(await world.account(account)).toMatchObject({ name: 'Asha' });
  });

  it('when she has finished, other registrations of the contact are over', async () => {
    await world.start('phone', { phone: numbered(1) }, { from: hers() });
    const own = world.code(numbered(1));
    await world.start('phone', { phone: numbered(1) }, { from: at('198.51.100.1') });
    await hers()
      .for('phone')
      .signUp.finish(contactOf(numbered(1)), own);
    expect(await database.store.selectFrom('registrations').select('id').execute()).toEqual([]);
  });

  describe.each([
    ['one stranger', 1],
    ['fifty strangers', 50],
  ])('while %s ask for codes and guess, for four hours', (_, many) => {
    /** All at once, each asks for a code and gives two wrong ones, or these. */
    async function attack(
      ask: (from: ReturnType<typeof at>) => Promise<unknown>,
      guess: (from: ReturnType<typeof at>, code: string) => Promise<unknown>,
      guesses = ['00000', '11111'],
    ): Promise<void> {
      await Promise.all(
        attackers(many).map(async (stranger) => {
          await outcome(ask(stranger));
          for (const code of guesses) await outcome(guess(stranger, code));
        }),
      );
    }

    it('her right code signs her in, every time', async () => {
      const people = [numbered(1), numbered(2)];
      for (const phone of people) {
        await world.start('phone', { phone }, { from: hers() });
        await hers().for('phone').signUp.finish(contactOf(phone), world.code(phone));
      }
      await nextDay();
      const outcomes: string[] = [];
      for (let round = 0; round < rounds; round++) {
        await world.later(12 * MINUTE_MS);
        const phone = people[round % 2] ?? '';
        const storm = () =>
          attack(
            (from) => from.for('phone').signIn.requestCode(phone),
            (from, code) => from.for('phone').signIn.byCode(phone, code),
          );
        if (round % 4 < 2) await storm();
        await hers().for('phone').signIn.requestCode(phone);
        const code = world.code(phone);
        if (round % 4 >= 2) await storm();
        outcomes.push(await outcome(hers().for('phone').signIn.byCode(phone, code)));
      }
      expect(count(outcomes)).toEqual({ ok: rounds });
    }, 120_000);

    it('her right code makes her account, every time, where they only guess', async () => {
      const outcomes: string[] = [];
      for (let round = 0; round < rounds; round++) {
        await world.later(12 * MINUTE_MS);
        const phone = numbered(round);
        await world.start('phone', { phone }, { from: hers() });
        const code = world.code(phone);
        await attack(
          async () => {},
          (from, guess) => from.for('phone').signUp.finish(contactOf(phone), guess),
          many === 1 ? ['00000', '11111', '22222', '33333'] : ['00000'],
        );
        outcomes.push(await outcome(hers().for('phone').signUp.finish(contactOf(phone), code)));
      }
      expect(count(outcomes)).toEqual({ ok: rounds });
    }, 120_000);

    it('her right code makes her account, every time', async () => {
      const outcomes: string[] = [];
      for (let round = 0; round < rounds; round++) {
        await world.later(12 * MINUTE_MS);
        const phone = numbered(round);
        await world.start('phone', { phone }, { from: hers() });
        const code = world.code(phone);
        await attack(
          (from) => world.start('phone', { phone }, { from }),
          (from, guess) => from.for('phone').signUp.finish(contactOf(phone), guess),
        );
        outcomes.push(await outcome(hers().for('phone').signUp.finish(contactOf(phone), code)));
      }
      expect(count(outcomes)).toEqual({ ok: rounds });
    }, 120_000);
  });

  describe('share, for one contact,', () => {
    it('ten codes of a day: a number without an account waits for them, and then gets in', async () => {
      const phone = numbered(1);
      const asked: string[] = [];
      for (const [n, from] of attackers(20).entries()) {
        asked.push(await outcome(world.start('phone', { phone }, { from })));
        if (n % 5 === 4) await world.later();
      }
      expect(count(asked)).toEqual({ ok: 10, rate_limited: 10 });
      const start = () => world.start('phone', { phone }, { from: hers() });
      const waitSeconds = await waitOf(start());
      expect(waitSeconds).toBeGreaterThan(23 * 3_600);
      expect(waitSeconds).toBeLessThanOrEqual(24 * 3_600);
      await world.later(waitSeconds * 1_000);
      expect(await outcome(start())).toBe('ok');
      const finish = hers().for('phone').signUp.finish(contactOf(phone), world.code(phone));
      expect(await outcome(finish)).toBe('ok');
    });

    const request = (from: ReturnType<typeof at>, phone: string) =>
      outcome(from.for('phone').signIn.requestCode(phone));
    const account = async (phone: string) => {
      await world.start('phone', { phone }, { from: hers() });
      await hers().for('phone').signUp.finish(contactOf(phone), world.code(phone));
      await nextDay();
    };

    it('three codes in ten minutes and ten a day; she gets her own five, and ten a day', async () => {
      const phone = numbered(1);
      await account(phone);
      const taken: string[] = [];
      for (const [n, stranger] of attackers(20).entries()) {
        taken.push(await request(stranger, phone));
        if (n % 5 === 4) await world.later();
      }
      expect(count(taken)).toEqual({ ok: 10, rate_limited: 10 });
      const own: string[] = [];
      for (let n = 0; n < 24; n++) {
        own.push(await request(hers(), phone));
        if (n % 6 === 5) await world.later();
      }
      expect(own.slice(0, 6)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'rate_limited']);
      expect(count(own)).toEqual({ ok: 10, rate_limited: 14 });
    });

    it.each([
      ['phone', 5, 30],
      ['whatsapp', 6, 100],
    ] as const)('wrong codes of a day: %s, %i digits, %i tries', async (contract, _, most) => {
      const phone = numbered(1);
      await account(phone);
      await hers()
        .for(contract as Contract)
        .signIn.requestCode(phone);
      const right = world.code(phone);
      const guesses: string[] = [];
      for (const stranger of attackers(Math.ceil(most / 3) + 10)) {
        for (let n = 0; n < 3; n++) {
          guesses.push(await outcome(stranger.for(contract).signIn.byCode(phone, otherThan(right))));
        }
      }
      expect(count(guesses)).toEqual({ code_invalid: most, rate_limited: guesses.length - most });
      expect(await outcome(hers().for(contract).signIn.byCode(phone, right))).toBe('ok');
    });
  });

  it('a code to sign in is good from another network, and there has three tries of its own', async () => {
    const phone = numbered(1);
    await world.start('phone', { phone }, { from: hers() });
    await hers().for('phone').signUp.finish(contactOf(phone), world.code(phone));
    const give = (address: string, code: string) =>
      outcome(at(address).for('phone').signIn.byCode(phone, code));
    await hers().for('phone').signIn.requestCode(phone);
    const code = world.code(phone);
    for (let n = 0; n < 4; n++) expect(await give('198.51.100.1', otherThan(code))).toBe('code_invalid');
    expect(await give('198.51.100.1', code)).toBe('code_invalid');
    expect(await give('203.0.113.77', code)).toBe('ok');
    expect(await give('192.0.2.7', code)).toBe('code_invalid');
  });

  it('under the strict profile, six wrong codes tell a known number from an unknown one at no door', async () => {
    const strict = (address: string) =>
      visitedBy(clientAt(address), createWorld(database, { clock: world.clock, strict: true }).plainAuth).for(
        'whatsapp',
      );
    const known = numbered(1);
    await world.start('whatsapp', { phone: known, email: 'asha@example.com' }, { from: hers() });
    await hers().for('whatsapp').signUp.finish(contactOf(known), world.code(known));
    await world.later();
    const seen = async (phone: string) => {
      const door = strict('198.51.100.1');
      const outcomes: string[] = [];
      for (let n = 0; n < 7; n++) {
        if (n % 3 === 0) {
          outcomes.push(await outcome(door.signIn.requestCode(phone)));
          await world.later(MINUTE_MS);
        }
        outcomes.push(await outcome(door.signIn.byCode(phone, '000000')));
      }
      outcomes.push(await outcome(door.signUp.finish(contactOf(phone), '000000')));
      await world.later();
      return outcomes;
    };
    expect(await seen(known)).toEqual(await seen(numbered(2)));
  });
});
