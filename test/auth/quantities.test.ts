import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { SharedPasswords } from '../../src/auth/passwords/passwords.js';
import { rulesOf } from '../../src/limits/rules.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { cheapPasswords } from '../support/passwords.js';
import {
  clientAt,
  contactOf,
  count,
  createWorld,
  MINUTE_MS,
  outcome,
  visitedBy,
  type World,
} from './world.js';

const HOUR_MS = 60 * MINUTE_MS;
const HERS = '192.0.2.7';
const HIS = '198.51.100.1';

describe.each(DATABASES)('how much strangers can have sent, on %s', (kind) => {
  let database: Database;
  let world: World;

  const open = (clock?: World['clock'], passwords?: SharedPasswords) =>
    createWorld(database, {
      rules: rulesOf({ eased: false, overrides: {} }),
      ...(clock && { clock }),
      ...(passwords && { passwords }),
    });

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    world = open();
  });
  afterEach(() => database.close());

  const at = (address: string) => visitedBy(clientAt(address), world.plainAuth);
  /** No two share all but their last four digits. */
  const phone = (n: number) => `+91${9_810_000_000 + n * 10_000}`;
  const email = (n: number) => `p${n}@victim.example`;
  const series = (many: number) => Array.from({ length: many }, (_, n) => n);
  const some = (n: number) => `203.0.${113 + Math.floor(n / 250)}.${n % 250}`;

  /** A sign-up for each of these, a few at once. */
  async function ask(
    many: number,
    to: (n: number) => { phone?: string; email?: string },
    from: (n: number) => string,
  ) {
    const ends: string[] = [];
    for (let first = 0; first < many; first += 10) {
      const few = series(Math.min(10, many - first)).map((n) => first + n);
      const asked = few.map((n) => world.start('phone', to(n), { from: at(from(n)) }));
      ends.push(...(await Promise.all(asked.map(outcome))));
    }
    return count(ends);
  }
  const accepted = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).ok ?? 0;

  it.each([
    ['numbers', (n: number) => ({ phone: phone(n) })],
    ['mailboxes', (n: number) => ({ email: email(n) })],
  ] as const)(
    'new %s of one address: 20 in ten minutes and 100 a day, whatever is restarted',
    async (_, to) => {
      expect(await ask(100, to, () => HIS)).toEqual({ ok: 20, rate_limited: 80 });
      world = open(world.clock);
      let total = 20;
      for (let tenMinutes = 1; tenMinutes < 12; tenMinutes++) {
        await world.later();
        const next = (n: number) => to(tenMinutes * 100 + n);
        total += await accepted(30, next, () => HIS);
      }
      expect(total).toBe(100);
      expect(
        await accepted(
          1,
          (n) => to(5_000 + n),
          () => HERS,
        ),
      ).toBe(1);
    },
  );

  it('a sign-up that is refused costs no hash of its password', async () => {
    let hashes = 0;
    const cheap = cheapPasswords();
    const passwords: SharedPasswords = {
      from(address) {
        const own = cheap.from(address);
        const hash: typeof own.hash = (password) => {
          hashes++;
          return own.hash(password);
        };
        return { ...own, hash };
      },
    };
    world = open(world.clock, passwords);
    const ends: string[] = [];
    for (const n of series(60))
      ends.push(await outcome(world.start('cookie', { email: email(n) }, { from: at(HIS) })));
    expect(count(ends)).toEqual({ ok: 20, rate_limited: 40 });
    expect(hashes).toBe(20);
  });

  it('codes of one address to contacts that are known: 60 in ten minutes', async () => {
    const known = (n: number) => ({ email: email(n) });
    await ask(100, known, some);
    await world.later();
    expect(await ask(100, known, () => HIS)).toEqual({ ok: 60, rate_limited: 40 });
  });

  it('fifteen numbers of one address that are not on WhatsApp: an hour of none with new numbers', async () => {
    const numbers = (n: number) => ({ phone: phone(n) });
    /** What becomes of the message of each code so far. */
    async function look(errorCode: string | null): Promise<void> {
      const challenges = await database.store.selectFrom('challenges').select(['id', 'contact']).execute();
      await database.store.deleteFrom('jobs').execute();
      const now = world.clock.now();
      const jobs = challenges.map(({ id, contact }) => ({
        account: 'default',
        channel: 'whatsapp',
        purpose: 'phone-register',
        recipient: contact.slice('phone:'.length),
        message_id: id,
        code_hash: 'hash',
        status: 'failed' as const,
        error_code: errorCode,
        asked_by: id,
        run_at: now,
        created_at: now,
        expires_at: now,
        finished_at: now,
      }));
      await database.store.insertInto('jobs').values(jobs).execute();
    }
    const paused = () => world.plainAuth.missedNumbers.count();
    expect(await accepted(14, numbers, () => HIS)).toBe(14);
    await look(null);
    expect(await paused()).toBe(0);
    await look('not_on_whatsapp');
    for (let again = 0; again < 3; again++) expect(await paused()).toBe(0);
    await world.later();
    expect(
      await accepted(
        2,
        (n) => numbers(100 + n),
        () => HIS,
      ),
    ).toBe(2);
    await look('not_on_whatsapp');
    expect(await paused()).toBe(1);
    expect(
      await ask(
        3,
        (n) => numbers(200 + n),
        () => HIS,
      ),
    ).toEqual({ rate_limited: 3 });
    expect(
      await accepted(
        1,
        () => ({ email: email(1) }),
        () => HIS,
      ),
    ).toBe(1);
    expect(
      await accepted(
        3,
        (n) => numbers(300 + n),
        () => HERS,
      ),
    ).toBe(3);
    await world.clock.advance(HOUR_MS);
    expect(
      await accepted(
        1,
        (n) => numbers(400 + n),
        () => HIS,
      ),
    ).toBe(1);
  });

  it('500 adjacent numbers from 50 addresses: ten an hour', async () => {
    const adjacent = (n: number) => ({ phone: `+91981234${String(n).padStart(4, '0')}` });
    const asked = () => ask(500, adjacent, (n) => some(n % 50));
    expect(await asked()).toEqual({ ok: 10, rate_limited: 490 });
    expect(
      await accepted(
        1,
        () => ({ phone: '+919822340000' }),
        () => HERS,
      ),
    ).toBe(1);
    await world.clock.advance(HOUR_MS);
    expect((await asked()).ok).toBeLessThanOrEqual(10 + 10);
  });

  it('one mailbox under many names is one: three in ten minutes for strangers, ten a day', async () => {
    const spelled = (n: number) => ({
      email: `${['vic.tim', 'v.ictim', 'victim'][n % 3]}+${n}@${n % 2 ? 'gmail' : 'googlemail'}.com`,
    });
    expect(await accepted(60, spelled, some)).toBe(3);
    let total = 3;
    for (let round = 1; round < 12; round++) {
      await world.later();
      total += await accepted(
        20,
        (n) => spelled(round * 100 + n),
        (n) => some(round * 20 + n),
      );
    }
    expect(total).toBe(10);
  });

  it('240 mails an hour go to strangers, and the rest of 300 to people with an account', async () => {
    const asha = await world.signUp('two-factor', { email: 'asha@example.com' });
    await world.clock.advance(HOUR_MS);
    expect(await ask(300, (n) => ({ email: email(n) }), some)).toEqual({ ok: 240, rate_limited: 60 });
    expect(await outcome(world.beginSecondStep(asha))).toBe('ok');
    await world.clock.advance(HOUR_MS);
    expect(
      await accepted(
        1,
        () => ({ email: email(900) }),
        () => HERS,
      ),
    ).toBe(1);
  });

  it('wrong codes of one address over many contacts: sixty are compared', async () => {
    const mailbox = (n: number) => ({ email: email(n) });
    await ask(100, mailbox, some);
    const ends = await Promise.all(
      series(100).map((n) =>
        outcome(
          at(HIS)
            .for('phone')
            .signUp.finish(contactOf(email(n)), '00000'),
        ),
      ),
    );
    expect(count(ends)).toEqual({ code_invalid: 60, rate_limited: 40 });
    // The right one is refused there, too; at her own address it is good.
    const finish = (address: string) =>
      at(address)
        .for('phone')
        .signUp.finish(contactOf(email(99)), world.code(email(99)));
    expect(await outcome(finish(HIS))).toBe('rate_limited');
    expect(await outcome(finish(some(99)))).toBe('ok');
  });

  it('a home line with 256 networks has the share of four', async () => {
    const network = (n: number) => `2001:db8:0:${(n % 256).toString(16)}::1`;
    expect(await accepted(256, (n) => ({ phone: phone(n) }), network)).toBe(80);
    expect(
      await accepted(
        1,
        (n) => ({ phone: phone(900 + n) }),
        () => '2001:db8:0:100::1',
      ),
    ).toBe(1);
  });
});
