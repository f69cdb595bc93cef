import { countryOf, newMessageId, type SmsSender, type SmsTrouble } from '../../channels/sms/index.js';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Allowance, Channel } from '../channels.js';
import { type Closure, isYoung, type Outlet, PERSON_NEEDED_RETRY_SECONDS, wholeSeconds } from '../outlet.js';

/** For this part of a code's lifetime a provider may be unreachable before codes are refused. */
const BRIEF_PART = 1 / 10;
const TROUBLE_LOG_MS = 60_000;
/** A country is not added to the list while somebody waits. */
const NEVER_RETRY_SECONDS = 24 * 60 * 60;
/** A provider without idempotency takes the same message twice for two: one that may have arrived is not written again. */
const RULES = {
  ttlMs: 300_000,
  minSendDelayMs: 0,
  maxSendDelayMs: 0,
  maxAttempts: 30,
  maxWrites: 1,
  onceOnly: true,
} as const;
const NAME = 'sms';

/**
 * @param deps.countries whose numbers get messages, ISO 3166-1 alpha-2.
 * @param deps.allowance how many messages there may be in a day.
 */
export function createSmsChannel(deps: {
  sms: SmsSender;
  clock: Clock;
  log: Log;
  countries: readonly string[];
  allowance: Allowance;
}): Channel {
  return {
    name: NAME,
    reaches: 'phone',
    costs: true,
    sender: NAME,
    outlet: createOutlet(deps),
    rules: RULES,
    tracksRecipients: false,
    allowance: deps.allowance,
    newMessageId,
  };
}

/** A provider: it needs no pairing, and whoever has a number in one of the countries is written to. */
function createOutlet(deps: {
  sms: SmsSender;
  clock: Clock;
  log: Log;
  countries: readonly string[];
}): Outlet {
  const { sms, clock, log } = deps;
  const countries = new Set(deps.countries);
  let troubleLoggedAt = Number.NEGATIVE_INFINITY;

  return {
    send: (message) => sms.send(message),
    openSince: () => (sms.isShut() ? null : 0),
    closure() {
      const trouble = sms.trouble();
      return trouble && sms.isShut() ? closureBy(trouble, clock.now()) : null;
    },
    warmOnly: () => false,
    isCold: async () => false,
    isSilent: async () => false,
    coldAllowance: () => null,

    bars(recipient) {
      const country = countryOf(recipient);
      if (country !== null && countries.has(country)) return null;
      return { code: 'sms_country_not_listed', retryAfterSeconds: NEVER_RETRY_SECONDS };
    },

    shutOut: async () => null,
    shutOutUntil: () => null,

    /** Many callers may be refused in a minute; it is logged once. */
    refused(_recipient, { code, detail }) {
      if (code !== 'sms_unavailable' || clock.elapsed() - troubleLoggedAt < TROUBLE_LOG_MS) return;
      troubleLoggedAt = clock.elapsed();
      log.error('a code could not go out by SMS', { reason: detail });
    },

    onChange: (listener) => sms.onTrouble(listener),
    onReachable: () => () => {},
    onReceipt: sms.onReceipt,
  };
}

function closureBy({ since, sentence, needsPerson, nextTryAt }: SmsTrouble, now: number): Closure {
  const leftSeconds = wholeSeconds(nextTryAt - now);
  return {
    code: 'sms_unavailable',
    retryAfterSeconds: needsPerson ? Math.max(PERSON_NEEDED_RETRY_SECONDS, leftSeconds) : leftSeconds,
    detail: sentence,
    mayEndAt: needsPerson ? null : nextTryAt,
    isBrief: (ttlMs) => !needsPerson && isYoung(since, now, ttlMs, BRIEF_PART),
  };
}
