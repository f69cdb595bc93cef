import { ChannelError } from '../channels/channel.js';
import type { EmailChannel } from '../channels/email/index.js';
import type { MailTrouble } from '../channels/email/trouble.js';
import type { Clock } from '../clock.js';
import { type Closure, isYoung, type Outlet, PERSON_NEEDED_RETRY_SECONDS, wholeSeconds } from './outlet.js';

const NOT_CONFIGURED = 'No mail server is configured: set SMTP_URL, or EMAIL_USER and EMAIL_PASSWORD.';
/** For this part of a code's life a mail server may be out of reach before codes are refused. */
const BLINK_PART = 1 / 10;

/** A mail server: it needs no pairing and knows no strangers. @param deps.email null: none is configured. */
export function createEmailOutlet(deps: { email: EmailChannel | null; clock: Clock }): Outlet {
  const { email, clock } = deps;
  return {
    async send(message) {
      if (email) return await email.send(message);
      throw new ChannelError('wait', 'not_connected', NOT_CONFIGURED, false);
    },
    openSince: () => (email && !email.trouble()?.isShut ? 0 : null),
    closure() {
      if (!email) return personNeeded(NOT_CONFIGURED);
      const trouble = email.trouble();
      return trouble && closureBy(trouble, clock.now());
    },
    warmOnly: () => false,
    shutOut: async () => null,
    learn() {},
  };
}

function closureBy(trouble: MailTrouble, now: number): Closure | null {
  const { since, sentence, needsPerson, isShut, nextTryAt } = trouble;
  if (needsPerson && isShut) return personNeeded(sentence);
  // The server is there but takes no mail. When nothing waits for another try, the next code has to find out.
  if (!isShut && nextTryAt <= now) return null;
  return {
    code: 'email_unavailable',
    retryAfterSeconds: wholeSeconds(nextTryAt - now),
    detail: sentence,
    mayEndAt: isShut ? nextTryAt : now,
    isBlink: (ttlMs) => !needsPerson && isYoung(since, now, ttlMs, BLINK_PART),
  };
}

function personNeeded(detail: string): Closure {
  return {
    code: 'email_unavailable',
    retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS,
    detail,
    mayEndAt: null,
    isBlink: () => false,
  };
}
