import type { Store } from '../../../database/schema.js';
import { leftOf } from '../../deadline.js';
import type { Limits } from '../../limits/index.js';
import { contactKey } from '../contact.js';
import { type ContactKeys, mailboxKey } from '../contact-keys.js';

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
const STRANGER_RULES = ['stranger-tries-5', 'stranger-tries-6'] as const;
/** The name of a client that brought a cookie. */
const HASH = /^[\da-f]{64}$/;

interface Account {
  id: string;
  phone: string | null;
  email: string | null;
}

export async function failuresOf(
  deps: { store: Store; limits: Pick<Limits, 'used'>; keys: Pick<ContactKeys, 'of'> },
  account: Account,
  now: number,
): Promise<Failures> {
  const contacts = contactsOf(account, deps.keys);
  const [passwords, codes] = [
    await wrongPasswords(deps, account, now),
    await wrongCodes(deps, account, contacts, now),
  ];
  const waits = [...passwords.waits, ...codes.waits];
  for (const rule of STRANGER_RULES) {
    for (const contact of contacts) {
      const [used] = await deps.limits.used(rule, mailboxKey(contact));
      if (used && used.waitMs > 0) waits.push({ what: 'code', who: STRANGERS, until: now + used.waitMs });
    }
  }
  return { passwords: passwords.wrong, codes: codes.wrong, lastCodeAt: codes.lastAt, waits };
}

async function wrongPasswords({ limits }: { limits: Pick<Limits, 'used'> }, { email }: Account, now: number) {
  if (email === null) return { wrong: 0, waits: [] };
  const [all] = await limits.used('account-passwords', email);
  const clients = await limits.used('client-passwords', `${email} `, { begins: true });
  const waits: Wait[] = clients
    .filter(({ waitMs }) => waitMs > 0)
    .map(({ of, waitMs }) => ({ what: 'password', who: of.slice(email.length + 1), until: now + waitMs }));
  if (all && all.waitMs > 0) waits.push({ what: 'password', who: STRANGERS, until: now + all.waitMs });
  return { wrong: all?.used ?? 0, waits };
}

async function wrongCodes({ store }: { store: Store }, { id }: Account, contacts: string[], now: number) {
  const rows = await store
    .selectFrom('client_failures')
    .select(['client', 'failures', 'blocked_until', 'failed_at'])
    .where('subject', 'in', [id, ...contacts])
    .orderBy('failed_at', 'desc')
    .execute();
  const waits = rows.flatMap(({ client, blocked_until: until, failed_at: since }): Wait[] => {
    const left = leftOf(until, until - since, now);
    return left > 0 ? [{ what: 'code', who: HASH.test(client) ? null : client, until: now + left }] : [];
  });
  const wrong = rows.reduce((sum, { failures }) => sum + failures, 0);
  return { wrong, waits, lastAt: rows[0]?.failed_at ?? null };
}

function contactsOf({ phone, email }: Account, keys: Pick<ContactKeys, 'of'>): string[] {
  return [
    ...(phone === null ? [] : [keys.of({ kind: 'phone', value: phone })]),
    ...(email === null ? [] : [contactKey({ kind: 'email', value: email })]),
  ];
}
