import { randomInt, randomUUID } from 'node:crypto';
import type { Database } from '../../database/connect.js';
import type { Contract, Store, UserRow } from '../../database/schema.js';
import type { Floods } from '../../src/alarms/floods.js';
import { createNaming } from '../../src/auth/accounts/naming.js';
import { provenInOneStep } from '../../src/auth/accounts/proven.js';
import type { Client } from '../../src/auth/clients/client.js';
import type { ChallengeKey } from '../../src/auth/codes/challenge-rows.js';
import { type Challenges, createChallenges } from '../../src/auth/codes/challenges.js';
import { createCodeFailures } from '../../src/auth/codes/code-failures.js';
import { createSendLimits } from '../../src/auth/codes/send-limits.js';
import { type Contact, contactKey } from '../../src/auth/contact.js';
import { createContactKeys } from '../../src/auth/contact-keys.js';
import type { Door, Visit } from '../../src/auth/door.js';
import { type Auth, type AuthSettings, createAuth } from '../../src/auth/index.js';
import type { Notices } from '../../src/auth/notices/notices.js';
import type { NoticeKind } from '../../src/auth/notices/texts.js';
import type { SharedPasswords } from '../../src/auth/passwords/passwords.js';
import type { SignUpRequest } from '../../src/auth/sign-up.js';
import { createTokens } from '../../src/auth/tokens.js';
import { jidOfPhone, personOfJid } from '../../src/channels/whatsapp/jid.js';
import { createPersons } from '../../src/delivery/queue/persons.js';
import { AppError } from '../../src/errors.js';
import { createLimits } from '../../src/limits/index.js';
import { type Rules, rulesOf } from '../../src/limits/rules.js';
import { silentLog } from '../../src/log.js';
import type { CodeIssuer } from '../../src/otp/issue.js';
import { createKeyedHash } from '../../src/sealing.js';
import { noFloods } from '../support/auth.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { cheapPasswords } from '../support/passwords.js';
import { JWT_SECRET, KEY } from '../support/secrets.js';

export const ISSUER = 'https://otp.example';
export const PHONE = '+6281234567890';
export const EMAIL = 'asha@example.com';
export const MINUTE_MS = 60_000;

/** Whoever asks, unless a test says otherwise. */
export const HERE = clientAt('192.0.2.7');

export type World = ReturnType<typeof createWorld>;

/** The core over a real database; codes arrive where a handset or a mailbox would be, and nowhere else. */
export function createWorld(
  database: Database,
  {
    clock = createTestClock(),
    passwords = cheapPasswords(),
    rules = rulesOf({ eased: true, overrides: {} }),
    floods = noFloods,
    ...change
  }: Partial<AuthSettings> & {
    clock?: TestClock;
    passwords?: SharedPasswords;
    rules?: Rules;
    floods?: Floods;
  } = {},
) {
  const { store } = database;
  const inbox = new Map<string, string[]>();
  const unsent = new Map<string, string>();
  let outage: Error | null = null;

  const issuer: Pick<CodeIssuer, 'reserve' | 'answered'> = {
    answered: async () => {},
    async reserve({ contact, length, ttlMs, silent }) {
      if (outage) throw outage;
      const to = contactKey(contact);
      const otp = newCode(length, [...inbox.values()].flat());
      const committed = () => {
        if (silent) unsent.set(to, otp);
        else inbox.set(to, [...(inbox.get(to) ?? []), otp]);
      };
      return {
        otp,
        expiresAt: clock.now() + ttlMs,
        enqueueIn: async () => ({ jobId: silent ? null : 1, committed }),
        release() {},
      };
    },
  };
  const persons = createPersons({ store });
  const naming = createNaming({
    database,
    clock,
    log: silentLog,
    account: 'default',
    persons,
    personOf: personOfJid,
  });
  const challengeHash = createKeyedHash(KEY, 'challenge');
  const settings: AuthSettings = {
    strict: false,
    defaultCountry: 'IN',
    jwtSecret: JWT_SECRET,
    issuer: ISSUER,
    jwtLifetimeMs: 7 * 24 * 60 * MINUTE_MS,
    production: false,
    ...change,
  };
  const limits = createLimits({ store, clock, rules });
  const told: [to: string, kind: NoticeKind][] = [];
  const notices: Notices = { send: async ({ value }, kind) => void told.push([value, kind]) };
  const parts = {
    store,
    clock,
    persons,
    issuer,
    limits,
    floods,
    notices,
    challengeHash,
    settings,
    passwords,
  };
  const plainAuth = createAuth(parts);
  const auth = visitedBy(HERE, plainAuth);
  const strict = visitedBy(HERE, createAuth({ ...parts, settings: { ...settings, strict: true } }));
  const challengeParts = {
    store,
    clock,
    issuer,
    sends: createSendLimits({ store, clock }),
    limits,
    failures: createCodeFailures({ store, clock }),
    keys: createContactKeys(persons),
    keyedHash: challengeHash,
  };
  const codes = (to: string) => inbox.get(contactKey(contactOf(to))) ?? [];

  /** The newest code that came to this phone or address. */
  function newest(to: string): string {
    const code = codes(to).at(-1);
    if (!code) throw new Error(`no code came to ${to}`);
    return code;
  }

  type Also = Partial<SignUpRequest> & { from?: typeof auth };

  function start(
    contract: Contract,
    to: { phone?: string; email?: string },
    { from = auth, ...also }: Also = {},
  ) {
    return from.for(contract).signUp.start({
      phone: to.phone ?? null,
      email: to.email ?? null,
      password: contract === 'phone' || contract === 'two-factor' ? null : 'her password',
      name: 'Asha',
      profile: {},
      ...also,
    });
  }

  const user = (id: string) => store.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();

  /** The row of an account that somebody has proven to be theirs. */
  async function account(proven: Promise<{ id: string }>): Promise<UserRow> {
    const row = await user((await proven).id);
    if (!row) throw new Error('the account is gone');
    return row;
  }

  /** An account, made the way its contract makes it. */
  async function signUp(
    contract: Contract,
    to: { phone?: string; email?: string },
    also: Also = {},
  ): Promise<UserRow> {
    const { id, contact } = await start(contract, to, also);
    const { signUp } = auth.for(contract);
    const code = newest(contact.value);
    if (contract !== 'two-factor') return await account(signUp.finish(contact, code));
    await signUp.verify(id, code);
    await signUp.setPassword(id, also.password ?? 'her password');
    return await account(Promise.resolve({ id }));
  }

  /** A token as `Door.complete` makes it, whatever became of the account since. */
  function token(contract: Contract, account: UserRow): Promise<string> {
    const { jwtSecret: secret, issuer } = settings;
    const lifeMs = auth.for(contract).rules.tokenLifeMs;
    return createTokens({ store, clock, contract, secret, issuer, lifeMs }).issue(account);
  }

  return {
    store,
    clock,
    auth,
    /** The core itself: its doors ask who comes. */
    plainAuth,
    /** The same accounts and codes under the strict profile. */
    strict,
    challengeParts,
    challenges: askedBy(HERE, createChallenges(challengeParts)),
    persons,
    naming,
    /** WhatsApp answers a look-up of `phone` with the address of this number. */
    named: (phone: string, number: string) => naming.note({ phone, jid: jidOfPhone(number) }),
    issuer,
    codes,
    notices,
    /** What people were told without a code. */
    told,
    code: newest,
    start,
    signUp,
    account,
    /** The newest code that was made for the look of it, and never sent. */
    hidden: (to: string) => unsent.get(contactKey(contactOf(to))) ?? '',
    /** Nothing can be sent until this is called with null. */
    fail: (error: Error | null) => {
      outage = error;
    },
    /** Past every limit on sending. */
    later: (ms = 11 * MINUTE_MS) => clock.advance(ms),
    users: () => store.selectFrom('users').selectAll().orderBy('created_at').execute(),
    user,
    token,
    /** After the right password. */
    beginSecondStep: (account: UserRow) =>
      auth
        .for('two-factor')
        .secondStep.begin(provenInOneStep(account, 'password'))
        .then(({ contact }) => contact),
  };
}

/** Unlike any that came before, and never one digit repeated: an older code, somebody else's and `00000` are wrong ones. */
function newCode(length: number, before: string[]): string {
  const code = randomInt(0, 10 ** length)
    .toString()
    .padStart(length, '0');
  return before.includes(code) || /^(\d)\1*$/.test(code) ? newCode(length, before) : code;
}

export function contactOf(to: string): Contact {
  return { kind: to.includes('@') ? 'email' : 'phone', value: to };
}

/** A client that brings nothing: old apps, and browsers that come for the first time. */
export function clientAt(address: string, also: Partial<Client> = {}): Client {
  return { address, cookie: null, fresh: randomUUID(), named: null, ...also };
}

/** A code of the same length that is not this one. */
export function otherThan(code: string): string {
  return code.replace(/\d$/, (digit) => String((Number(digit) + 1 + randomInt(9)) % 10));
}

/** 'ok', or the code of the error that it rejected with; anything but an AppError is thrown. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** Seconds until it may be tried again. */
export async function waitOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.options.retryAfterSeconds ?? 0;
    throw error;
  }
  throw new Error('it was not refused');
}

export function count(outcomes: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of outcomes) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}

/** The codes of one client. */
export function askedBy({ ...client }: Client, challenges: Challenges) {
  type Wanted = Omit<Parameters<Challenges['issue']>[0], 'client'>;
  return {
    ...challenges,
    issue: (wanted: Wanted) => challenges.issue({ ...wanted, client }),
    reserve: (wanted: Wanted) => challenges.reserve({ ...wanted, client }),
    redeem: <T>(key: ChallengeKey, code: string, effect: (trx: Store, sentTo: string) => Promise<T>) =>
      challenges.redeem({ key, code, client }, effect),
  };
}

/** The core with one client at every door, so that a test names a client only where it matters. */
export function visitedBy(client: Client, auth: Auth) {
  return {
    ...auth,
    for<C extends Contract>(contract: C): Door<C> & Visit<C> {
      const door = auth.for(contract);
      return { ...door, ...door.from({ ...client, fresh: randomUUID() }) };
    },
  };
}
