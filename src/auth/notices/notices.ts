import { randomUUID } from 'node:crypto';
import type { UserRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Delivery } from '../../delivery/index.js';
import { NOTICE } from '../../delivery/job.js';
import { CODE_DOT } from '../../delivery/message-shapes.js';
import { unavailable } from '../../delivery/unavailable.js';
import { AppError } from '../../errors.js';
import type { Limits, Use } from '../../limits/index.js';
import { type Log, maskContact } from '../../log.js';
import { laneTo, OPTED_OUT_RETRY_SECONDS } from '../../otp/places.js';
import { type Contact, contactKey } from '../contact.js';
import { type NoticeKind, noticeText } from './texts.js';

/** Messages without a code, which tell people what has happened to their account. */
export interface Notices {
  /**
   * Resolves once it is stored, or given up: nothing depends on it, so it is not sent where a code would have to wait, nor
   * while some people cannot be written to, nor to whoever wants nothing from us. Never rejects.
   */
  send(contact: Contact, kind: NoticeKind): Promise<void>;
}

/** Later it would only puzzle people. */
const LIFE_MS = 15 * 60_000;
/** Stands for the contact where texts are kept for operators. */
const NOBODY = CODE_DOT.repeat(3);

/** @param deps.service who writes, as in `noticeText`. */
export function createNotices(deps: {
  lanes: Delivery['lanes'];
  limits: Limits;
  clock: Clock;
  log: Log;
  service: string | null;
  /** The person (E.164) wants nothing from our numbers. */
  isOptedOut(phone: string): Promise<boolean>;
}): Notices {
  const { lanes, limits, clock, log, service, isOptedOut } = deps;

  async function store(contact: Contact, kind: NoticeKind): Promise<void> {
    if (contact.kind === 'phone' && (await isOptedOut(contact.value))) {
      throw unavailable('opted_out', OPTED_OUT_RETRY_SECONDS);
    }
    const counted = await limits.count(usesOf(contact));
    await enqueue(contact, kind).catch(async (error: unknown) => {
      await counted.giveBack();
      throw error;
    });
  }

  async function enqueue(contact: Contact, kind: NoticeKind): Promise<void> {
    // Asterisks make text bold on WhatsApp.
    const masked = maskContact(contact.value).replaceAll('*', CODE_DOT);
    const place = await laneTo(lanes, contact.kind).reserve(contact.value, {
      silent: false,
      onlyHalf: true,
      onlyIfOpen: true,
    });
    try {
      await place.enqueue({
        caller: NOTICE,
        purpose: NOTICE,
        recipient: contact.value,
        code: '',
        ...noticeText(kind, service, masked),
        shape: noticeText(kind, service, NOBODY).text,
        expiresAt: clock.now() + LIFE_MS,
        askedBy: randomUUID(),
        idempotency: null,
        silent: false,
      });
    } finally {
      place.release();
    }
  }

  return {
    async send(contact, kind) {
      await store(contact, kind).catch((error: unknown) => {
        if (error instanceof AppError) log.info('a notice was not sent', { kind, reason: error.code });
        else log.error('a notice could not be stored', { kind, error });
      });
    },
  };
}

/** People make notices by what they do with their own accounts: codes for others must not suffer from it. */
function usesOf(contact: Contact): Use[] {
  const own: Use = { rule: 'contact-notices', of: contactKey(contact) };
  if (contact.kind === 'phone') return [own];
  return [own, { rule: 'mails', of: 'all' }, { rule: 'mails-new', of: 'all' }];
}

/** Where an account is told something: an address first, which costs nobody's reach. Null: nothing of it is proven. */
export function noticeContact(user: Pick<UserRow, 'email' | 'email_verified_at' | 'phone'>): Contact | null {
  if (user.email !== null && user.email_verified_at !== null) return { kind: 'email', value: user.email };
  return user.phone === null ? null : { kind: 'phone', value: user.phone };
}
