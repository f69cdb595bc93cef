import type { Store } from '../../../database/schema.js';
import { leftOf } from '../../deadline.js';
import type { Limits } from '../../limits/index.js';
import { type ContactKeys, mailboxKey } from '../contact-keys.js';
import { type Account, countedUnder } from './counted-under.js';

/** What went wrong at an account since it last went right, and who has to wait for that. */
export interface Failures {
  /** From clients that have not signed in to it during the last 30 days. */
  passwords: number;
  codes: number;
  /** Of a code, Unix ms. */
  lastCodeAt: number | null;
  waits: Wait[];
}

export interface Wait {
  what: 'password' | 'code';
  /** A network; null: a browser or an app with a name of its own; `strangers`: all clients that are not known to the account. */
  who: string | null;
  /** Unix ms. */
  until: number;
}

const STRANGERS = 'strangers';
const CLIENT_RULES = ['client-tries-5', 'client-tries-6'] as const;
const STRANGER_RULES = ['stranger-tries-5', 'stranger-tries-6'] as const;
/** The name of a client that brought a cookie. */
const HASH = /^[\da-f]{64}$/;

export async function failuresOf(
  deps: { store: Store; limits: Pick<Limits, 'used'>; keys: Pick<ContactKeys, 'of'> },
  account: Account,
  now: number,
): Promise<Failures> {
  const counted = countedUnder(account, deps.keys);
  const [passwords, codes] = [
    await wrongPasswords(deps, counted.passwords, now),
    await wrongCodes(deps, counted.codes, now),
  ];
  const waits = [...passwords.waits, ...codes.waits];
  for (const rule of STRANGER_RULES) {
    for (const subject of counted.codes) {
      const [used] = await deps.limits.used(rule, mailboxKey(subject));
      if (used && used.waitMs > 0) waits.push({ what: 'code', who: STRANGERS, until: now + used.waitMs });
    }
  }
  return { passwords: passwords.wrong, codes: codes.wrong, lastCodeAt: codes.lastAt, waits };
}

async function wrongPasswords({ limits }: { limits: Pick<Limits, 'used'> }, subject: string, now: number) {
  const [all] = await limits.used('account-passwords', subject);
  const clients = await limits.used('client-passwords', `${subject} `, { begins: true });
  const waits: Wait[] = clients
    .filter(({ waitMs }) => waitMs > 0)
    .map(({ of, waitMs }) => ({ what: 'password', who: of.slice(subject.length + 1), until: now + waitMs }));
  if (all && all.waitMs > 0) waits.push({ what: 'password', who: STRANGERS, until: now + all.waitMs });
  return { wrong: all?.used ?? 0, waits };
}

async function wrongCodes(
  deps: { store: Store; limits: Pick<Limits, 'used'> },
  subjects: string[],
  now: number,
) {
  const rows = await deps.store
    .selectFrom('client_failures')
    .select(['client', 'failures', 'blocked_until', 'failed_at'])
    .where('subject', 'in', subjects)
    .orderBy('failed_at', 'desc')
    .execute();
  const left = new Map<string, number>();
  const note = (client: string, ms: number) => {
    if (ms > 0) left.set(client, Math.max(ms, left.get(client) ?? 0));
  };
  for (const { client, blocked_until: until, failed_at: since } of rows) {
    note(client, leftOf(until, until - since, now));
  }
  for (const rule of CLIENT_RULES) {
    for (const start of subjects.map((subject) => `${mailboxKey(subject)} `)) {
      const clients = await deps.limits.used(rule, start, { begins: true });
      for (const { of, waitMs } of clients) note(of.slice(start.length), waitMs);
    }
  }
  const waits = [...left].map(
    ([client, ms]): Wait => ({ what: 'code', who: HASH.test(client) ? null : client, until: now + ms }),
  );
  const wrong = rows.reduce((sum, { failures }) => sum + failures, 0);
  return { wrong, waits, lastAt: rows[0]?.failed_at ?? null };
}
