import { ChannelError } from '../../channels/channel.js';
import { type MailSender, type MailTrouble, newMessageId } from '../../channels/email/index.js';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Channel } from '../channels.js';
import { type Closure, isYoung, type Outlet, PERSON_NEEDED_RETRY_SECONDS, wholeSeconds } from '../outlet.js';

const NOT_CONFIGURED = 'No mail server is configured: set SMTP_URL, or EMAIL_USER and EMAIL_PASSWORD.';
/** For this part of a code's lifetime a mail server may be unreachable before codes are refused. */
const BRIEF_PART = 1 / 10;
const TROUBLE_LOG_MS = 60_000;
/**
 * Mail servers turn away mail from strangers for some minutes (greylisting), so attempts go on until the code expires. A
 * mail that arrives twice is recognised by its Message-ID.
 */
const RULES = { ttlMs: 300_000, minSendDelayMs: 0, maxSendDelayMs: 0, maxAttempts: 30, maxWrites: 30 };
/** There is one mail server, whatever its From address, which is a setting and may change with each start. */
const NAME = 'email';

/** @param deps.mail null: no mail server is configured, and the channel is shut. */
export function createEmailChannel(deps: { mail: MailSender | null; clock: Clock; log: Log }): Channel {
  return {
    name: NAME,
    reaches: 'email',
    costs: false,
    sender: NAME,
    outlet: createOutlet(deps),
    rules: RULES,
    tracksRecipients: false,
    newMessageId,
  };
}

/** A mail server: it needs no pairing and knows no strangers. */
function createOutlet(deps: { mail: MailSender | null; clock: Clock; log: Log }): Outlet {
  const { mail, clock, log } = deps;
  let troubleLoggedAt = Number.NEGATIVE_INFINITY;

  return {
    async send(message) {
      if (mail) return await mail.send(message);
      throw new ChannelError('wait', 'not_connected', NOT_CONFIGURED, false);
    },
    openSince: () => (mail && !mail.trouble()?.isShut ? 0 : null),
    closure() {
      if (!mail) return personNeeded(NOT_CONFIGURED);
      const trouble = mail.trouble();
      return trouble && closureBy(trouble, clock.now());
    },
    warmOnly: () => false,
    isCold: async () => false,
    coldAllowance: () => null,
    isSilent: async () => false,
    shutOut: async () => null,
    shutOutUntil: () => null,

    /** Many callers may be refused in a minute; it is logged once. */
    refused(_recipient, { code, detail }) {
      if (code !== 'email_unavailable' || clock.elapsed() - troubleLoggedAt < TROUBLE_LOG_MS) return;
      troubleLoggedAt = clock.elapsed();
      log.error('a code could not go out by e-mail', { reason: detail });
    },

    onChange: (listener) => mail?.onTrouble(listener) ?? (() => {}),
    // A mail server reports nothing once it has accepted a mail.
    onReachable: () => () => {},
    onReceipt: () => () => {},
  };
}

function closureBy(trouble: MailTrouble, now: number): Closure | null {
  const { since, sentence, needsPerson, isShut, nextTryAt } = trouble;
  if (needsPerson && isShut) return personNeeded(sentence);
  // The server answers but accepts no mail. When no mail is waiting to be tried again, the next code has to find out.
  if (!isShut && nextTryAt <= now) return null;
  return {
    code: 'email_unavailable',
    retryAfterSeconds: wholeSeconds(nextTryAt - now),
    detail: sentence,
    mayEndAt: isShut ? nextTryAt : now,
    isBrief: (ttlMs) => !needsPerson && isYoung(since, now, ttlMs, BRIEF_PART),
  };
}

function personNeeded(detail: string): Closure {
  return {
    code: 'email_unavailable',
    retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS,
    detail,
    mayEndAt: null,
    isBrief: () => false,
  };
}
