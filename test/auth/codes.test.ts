import { describe, expect, it } from 'vitest';
import type { ChallengeKey } from '../../src/auth/codes/challenge-rows.js';
import { createChallenges } from '../../src/auth/codes/challenges.js';
import { createKeyedHash } from '../../src/sealing.js';
import { DATABASES } from '../support/databases.js';
import { KEY } from '../support/secrets.js';
import { database, useWorld, world } from './use-world.js';
import { askedBy, contactOf, count, HERE, MINUTE_MS, otherThan, outcome, PHONE } from './world.js';

const RULES = { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 };
const LOGIN: ChallengeKey = { contract: 'whatsapp', purpose: 'login', subject: 'user-1' };

describe.each(DATABASES)('codes on %s', (kind) => {
  useWorld(kind);

  const issue = (key = LOGIN, to = PHONE) =>
    world.challenges.issue({ key, contact: contactOf(to), rules: RULES, silent: false });
  const redeem = (code: string, key = LOGIN) => world.challenges.redeem(key, code, async () => 'done');
  const challenge = () => database.store.selectFrom('challenges').selectAll().executeTakeFirstOrThrow();

  it('a code works once', async () => {
    await issue();
    expect(await redeem(world.code(PHONE))).toBe('done');
    expect(await outcome(redeem(world.code(PHONE)))).toBe('code_invalid');
  });

  it('after three wrong codes the right one is refused, too', async () => {
    await issue();
    for (let i = 0; i < 3; i++)
      expect(await outcome(redeem(otherThan(world.code(PHONE))))).toBe('code_invalid');
    expect(await outcome(redeem(world.code(PHONE)))).toBe('code_invalid');
    expect((await challenge()).tries).toBe(3);
  });

  it('the third try may be the right one', async () => {
    await issue();
    for (let i = 0; i < 2; i++) await outcome(redeem(otherThan(world.code(PHONE))));
    expect(await outcome(redeem(world.code(PHONE)))).toBe('ok');
  });

  it('of 200 guesses at once three are compared', async () => {
    let wins = 0;
    for (let round = 0; round < 4; round++) {
      let compared = 0;
      const challenges = counting(() => compared++);
      const key = { ...LOGIN, subject: `user-${round}` };
      const to = `+628123456780${round}`;
      await challenges.issue({ key, contact: contactOf(to), rules: RULES, silent: false });
      compared = 0;
      const right = 20 + round * 50;
      const guesses = Array.from({ length: 200 }, (_, at) =>
        at === right ? world.code(to) : otherThan(world.code(to)),
      );
      const outcomes = await Promise.all(
        guesses.map((guess) => outcome(challenges.redeem(key, guess, async () => {}))),
      );
      expect(compared).toBeLessThanOrEqual(3);
      wins += count(outcomes).ok ?? 0;
    }
    expect(wins).toBeLessThanOrEqual(1);
  });

  it('of 50 right answers at once one wins, and its effect happens once', async () => {
    for (let round = 0; round < 3; round++) {
      const key = { ...LOGIN, subject: `user-${round}` };
      const to = `+628123456780${round}`;
      await issue(key, to);
      let effects = 0;
      const answers = Array.from({ length: 50 }, () =>
        outcome(world.challenges.redeem(key, world.code(to), async () => effects++)),
      );
      expect(count(await Promise.all(answers))).toEqual({ ok: 1, code_invalid: 49 });
      expect(effects).toBe(1);
    }
  });

  it('an effect that fails leaves the code as it was, but the try has counted', async () => {
    await issue();
    const failing = world.challenges.redeem(LOGIN, world.code(PHONE), async (trx) => {
      await trx.insertInto('revoked_tokens').values({ jti: 'half', expires_at: 1 }).execute();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await challenge()).toMatchObject({ consumed_at: null, tries: 1 });
    expect(await database.store.selectFrom('revoked_tokens').selectAll().execute()).toEqual([]);
    expect(await database.store.selectFrom('client_failures').selectAll().execute()).toEqual([]);
    expect(await redeem(world.code(PHONE))).toBe('done');
  });

  it('a new code ends the old one, and starts with tries of its own', async () => {
    await issue();
    const old = world.code(PHONE);
    for (let i = 0; i < 2; i++) await outcome(redeem(otherThan(old)));
    do await issue();
    while (world.code(PHONE) === old);
    expect(await outcome(redeem(old))).toBe('code_invalid');
    expect(await redeem(world.code(PHONE))).toBe('done');
  });

  it('of codes that were issued at once one is good', async () => {
    for (let round = 0; round < 8; round++) {
      const key = { ...LOGIN, subject: `user-${round}` };
      const to = `+628123456780${round}`;
      await Promise.all([issue(key, to), issue(key, to), issue(key, to)]);
      const codes = new Set(world.codes(to));
      const outcomes = [];
      for (const code of codes) outcomes.push(await outcome(redeem(code, key)));
      expect(count(outcomes).ok).toBe(1);
    }
  });

  it('a code that was replaced while it was compared is not consumed', async () => {
    await issue();
    const slow = createChallenges({
      ...world.challengeParts,
      failures: {
        ...world.challengeParts.failures,
        async clear() {
          await issue();
        },
      },
    });
    expect(await outcome(askedBy(HERE, slow).redeem(LOGIN, world.code(PHONE), async () => {}))).toBe(
      'code_invalid',
    );
  });

  it('an expired code says so when it was the last one, and is not looked at', async () => {
    await issue();
    await world.clock.advance(RULES.ttlMs - 1);
    expect(await world.challenges.isOpen(LOGIN)).toBe(true);
    await world.clock.advance(1);
    expect(await world.challenges.isOpen(LOGIN)).toBe(false);
    expect(await outcome(redeem(world.code(PHONE)))).toBe('code_expired');
    expect((await challenge()).tries).toBe(0);
  });

  it('a code is good for nothing and nobody else', async () => {
    const pairs: [ChallengeKey, ChallengeKey][] = [
      [LOGIN, { ...LOGIN, purpose: 'register' }],
      [LOGIN, { ...LOGIN, contract: 'phone' }],
      [LOGIN, { ...LOGIN, contract: 'two-factor' }],
      [LOGIN, { ...LOGIN, contract: 'cookie' }],
      [LOGIN, { ...LOGIN, subject: 'user-2' }],
      [LOGIN, { ...LOGIN, subject: `phone:${PHONE}` }],
      [
        { ...LOGIN, purpose: 'register', subject: `phone:${PHONE}` },
        { ...LOGIN, subject: `phone:${PHONE}` },
      ],
      [{ ...LOGIN, contract: 'phone' }, LOGIN],
      [
        { ...LOGIN, contract: 'two-factor' },
        { ...LOGIN, contract: 'two-factor', purpose: 'register' },
      ],
      [
        { ...LOGIN, contract: 'cookie', purpose: 'register' },
        { ...LOGIN, contract: 'whatsapp', purpose: 'register' },
      ],
      [
        { ...LOGIN, contract: 'cookie', purpose: 'register' },
        { ...LOGIN, contract: 'two-factor', purpose: 'register' },
      ],
      [
        { ...LOGIN, purpose: 'register', subject: 'email:a@x.io' },
        { ...LOGIN, purpose: 'register', subject: 'email:b@x.io' },
      ],
    ];
    for (const [index, [key, other]] of pairs.entries()) {
      const to = `+62812345679${10 + index}`;
      const elsewhere = `+62812345678${10 + index}`;
      // With a code of the other key under way, its row is there to be compared with.
      await issue(other, elsewhere);
      await issue(key, to);
      const code = world.code(to);
      if (code === world.code(elsewhere)) continue;
      expect(await outcome(redeem(code, other)), `pair ${index}`).toBe('code_invalid');
      expect(await outcome(redeem(code, key)), `pair ${index}`).toBe('ok');
      await database.store.deleteFrom('client_failures').execute();
    }
  });

  it('what is stored is a keyed hash over all that the code belongs to', async () => {
    await issue();
    const { code_id, code_hash } = await challenge();
    const hash = createKeyedHash(KEY, 'challenge');
    expect(code_hash).toBe(hash(`whatsapp\nlogin\nuser-1\n${code_id}\n${world.code(PHONE)}`));
    expect(JSON.stringify(await challenge())).not.toContain(`"${world.code(PHONE)}"`);
  });

  it('a hash that was moved to another row opens nothing', async () => {
    await issue();
    await issue({ ...LOGIN, subject: 'victim' }, '+6281234567899');
    const mine = await database.store
      .selectFrom('challenges')
      .selectAll()
      .where('subject', '=', 'user-1')
      .executeTakeFirstOrThrow();
    await database.store
      .updateTable('challenges')
      .set({ code_hash: mine.code_hash, code_id: mine.code_id })
      .where('subject', '=', 'victim')
      .execute();
    expect(await outcome(redeem(world.code(PHONE), { ...LOGIN, subject: 'victim' }))).toBe('code_invalid');
  });

  it('cleaning up takes expired codes only', async () => {
    await issue();
    await world.clock.advance(RULES.ttlMs - 1_000);
    await issue({ ...LOGIN, subject: 'user-2' }, '+6281234567891');
    await world.clock.advance(2_000);
    expect(await world.challenges.cleanUp(MINUTE_MS)).toBe(0);
    expect(await world.challenges.cleanUp(0)).toBe(1);
    expect(await redeem(world.code('+6281234567891'), { ...LOGIN, subject: 'user-2' })).toBe('done');
  });

  /** The same challenges, telling how often a code is hashed: once for each comparison. */
  function counting(onHash: () => void) {
    const { keyedHash, ...rest } = world.challengeParts;
    const counted = createChallenges({
      ...rest,
      keyedHash: Object.assign((input: string) => keyedHash(input), {
        all(input: string) {
          onHash();
          return keyedHash.all(input);
        },
      }),
    });
    return askedBy(HERE, counted);
  }
});
