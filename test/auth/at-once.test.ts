import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { ChallengeKey } from '../../src/auth/codes/challenge-rows.js';
import { createChallenges } from '../../src/auth/codes/challenges.js';
import { createCodeFailures } from '../../src/auth/codes/code-failures.js';
import { createSendLimits } from '../../src/auth/codes/send-limits.js';
import { createContactKeys } from '../../src/auth/contact-keys.js';
import { createPersons } from '../../src/delivery/queue/persons.js';
import { createKeyedHash } from '../../src/sealing.js';
import { type Codes, createCodes } from '../otp/codes.js';
import { noLimits } from '../support/auth.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { KEY } from '../support/secrets.js';
import { until } from '../support/until.js';
import { askedBy, contactOf, HERE, MINUTE_MS, outcome, PHONE } from './world.js';

const RULES = { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 };
const LOGIN: ChallengeKey = { contract: 'whatsapp', purpose: 'login', subject: 'user-1' };

describe.each(DATABASES)('codes of a contract and their messages on %s', (kind) => {
  let database: Database;
  let codes: Codes;
  let challenges: ReturnType<typeof askedBy>;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    codes = createCodes(database);
    const { clock, issuer } = codes;
    const { store } = database;
    const own = createChallenges({
      store,
      clock,
      issuer,
      sends: createSendLimits({ store, clock }),
      limits: noLimits({ store, clock }),
      failures: createCodeFailures({ store, clock }),
      keys: createContactKeys(createPersons({ store })),
      keyedHash: createKeyedHash(KEY, 'challenge'),
    });
    challenges = askedBy(HERE, own);
  });
  afterEach(async () => {
    await codes.stop();
    await database.close();
  });

  const issue = (change: { silent?: boolean; onlyIfOpen?: boolean } = {}) =>
    challenges.issue({ key: LOGIN, contact: contactOf(PHONE), rules: RULES, silent: false, ...change });

  it('asked for five times at once: one message waits, and it carries the code that counts', async () => {
    await Promise.all(Array.from({ length: 5 }, () => issue()));
    const { jobs } = await codes.rows();
    expect(jobs).toHaveLength(5);
    const waiting = jobs.filter(({ status }) => status === 'pending');
    expect(waiting).toMatchObject([{ caller: 'contract:whatsapp', purpose: 'whatsapp-login' }]);
    expect(codes.delivery.projectedWaitMs()).toBe(13_000);
    await codes.delivery.start();
    const message = await until('the message', () => codes.sender.written[0]);
    expect(message.recipient).toBe(PHONE);
    const [code = ''] = message.text.match(/\d{6}/) ?? [];
    expect(await outcome(challenges.redeem(LOGIN, code, async () => {}))).toBe('ok');
  });

  it('that are refused once they have a place give it back, and what was counted', async () => {
    await expect(issue({ onlyIfOpen: true })).rejects.toMatchObject({ code: 'code_expired' });
    expect((await codes.rows()).jobs).toEqual([]);
    expect(codes.delivery.projectedWaitMs()).toBe(0);
    for (let n = 0; n < 5; n++) await issue();
    await expect(issue()).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('that the store does not take give everything back', async () => {
    const repair = await codes.breakStore();
    await expect(issue()).rejects.toMatchObject({ code: 'store_unavailable' });
    await repair();
    expect(codes.delivery.projectedWaitMs()).toBe(0);
    expect(await database.store.selectFrom('challenges').select('id').execute()).toEqual([]);
    for (let n = 0; n < 5; n++) await issue();
  });

  it('that are silent take no place', async () => {
    await issue({ silent: true });
    expect(codes.delivery.projectedWaitMs()).toBe(0);
    expect(await challenges.isOpen(LOGIN)).toBe(true);
  });
});
