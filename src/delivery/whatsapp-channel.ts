import type { Store } from '../../database/schema.js';
import { coldAllowance } from '../channels/cold-allowance.js';
import type { Need, Sender, SenderStatus } from '../channels/sender.js';
import { refusalFor } from '../channels/sender-words.js';
import type { Clock } from '../clock.js';
import type { Channel, ChannelRules } from './channels.js';
import {
  type Closure,
  isYoung,
  type Obstacle,
  type Outlet,
  PERSON_NEEDED_RETRY_SECONDS,
  wholeSeconds,
} from './outlet.js';

const NO_END_TOLD_RETRY_SECONDS = 3_600;
/** An attempt to connect takes a few seconds. */
const ATTEMPT_RETRY_SECONDS = 5;
/** While fewer attempts to reconnect than this have failed, an outage counts as brief. */
const BRIEF_ATTEMPTS = 2;

/** The first write and at most two resends. */
const MAX_WRITES = 3;
const MAX_ATTEMPTS = 5;

type Pace = Pick<ChannelRules, 'ttlMs' | 'minSendDelayMs' | 'maxSendDelayMs'>;

/** @param deps.account names the number in the database. */
export function createWhatsAppChannel(deps: {
  store: Store;
  sender: Sender;
  clock: Clock;
  account: string;
  settings: Pace;
  newMessageId(): string;
}): Channel {
  const { ttlMs, minSendDelayMs, maxSendDelayMs } = deps.settings;
  return {
    name: 'whatsapp',
    reaches: 'phone',
    costs: false,
    sender: deps.account,
    outlet: createOutlet(deps),
    rules: { ttlMs, minSendDelayMs, maxSendDelayMs, maxAttempts: MAX_ATTEMPTS, maxWrites: MAX_WRITES },
    tracksRecipients: true,
    newMessageId: deps.newMessageId,
  };
}

/** A WhatsApp number: it has to be paired, it connects and disconnects, and WhatsApp may keep it from writing to strangers. */
function createOutlet(deps: { store: Store; sender: Sender; clock: Clock; account: string }): Outlet {
  const { store, sender, clock } = deps;

  function known(recipient: string) {
    return store
      .selectFrom('recipients')
      .select(['reachable_until', 'refused_until', 'silent_at'])
      .where('account', '=', deps.account)
      .where('recipient', '=', recipient)
      .executeTakeFirst();
  }

  async function isCold(recipient: string): Promise<boolean> {
    return ((await known(recipient))?.reachable_until ?? 0) <= clock.now();
  }

  return {
    send: (message) => sender.send(message),
    openSince: () => sender.status().openSince,
    warmOnly() {
      const { restricted, isChecked } = sender.status();
      return restricted || isChecked;
    },

    isCold,
    coldAllowance: () => coldAllowance(sender.status(), clock.now()),
    async isSilent(recipient) {
      const person = await known(recipient);
      if (!person) return false;
      const isRefused =
        (person.refused_until ?? 0) > clock.now() && (person.reachable_until ?? 0) <= clock.now();
      return isRefused || person.silent_at !== null;
    },

    closure() {
      const status = sender.status();
      if (status.need !== null) return personNeeded(status, status.need, clock.now());
      return status.openSince === null ? disconnected(status, clock.now()) : null;
    },

    async shutOut(recipient, asCold) {
      const { restricted, restrictedUntil, need } = sender.status();
      if (!restricted || need !== null) return null;
      // Looked up in any case: it must cost the same.
      if (!(await isCold(recipient)) && !asCold) return null;
      const leftMs = (restrictedUntil ?? Number.POSITIVE_INFINITY) - clock.now();
      return { leftMs, obstacle: restrictedFor(leftMs) };
    },

    shutOutUntil() {
      const { state, restrictedUntil } = sender.status();
      return state === 'RESTRICTED' ? (restrictedUntil ?? Number.POSITIVE_INFINITY) : null;
    },

    refused(recipient, { code }) {
      // After the answer, whose time must not reveal that there was something to look up.
      if (code === 'sender_restricted') setImmediate(() => void sender.learn(recipient));
    },

    onChange: (listener) => sender.onStatus(() => listener()),
    onReachable: sender.onReachable,
    onReceipt: sender.onReceipt,
  };
}

function restrictedFor(leftMs: number): Obstacle {
  return {
    code: 'sender_restricted',
    retryAfterSeconds: Number.isFinite(leftMs) ? wholeSeconds(leftMs) : NO_END_TOLD_RETRY_SECONDS,
  };
}

/** The first attempts usually succeed; after that, only an open connection counts. */
function disconnected(status: SenderStatus, now: number): Closure {
  const { nextAttemptAt, failedAttempts, givenUp, detail } = status;
  const since = status.troubleSince ?? status.since;
  const isPlanned = nextAttemptAt !== null && nextAttemptAt > now;
  return {
    code: 'sender_disconnected',
    retryAfterSeconds: isPlanned ? wholeSeconds(nextAttemptAt - now) : ATTEMPT_RETRY_SECONDS,
    ...(detail && { detail }),
    mayEndAt: isPlanned ? nextAttemptAt : now,
    isBrief: (ttlMs) => !givenUp && (failedAttempts < BRIEF_ATTEMPTS || isYoung(since, now, ttlMs)),
  };
}

function personNeeded(status: SenderStatus, need: Need, now: number): Closure {
  const { nextAttemptAt, detail, paired } = status;
  // A ban with an end is waited out.
  const bannedForMs = need === 'banned' && nextAttemptAt !== null ? nextAttemptAt - now : 0;
  return {
    code: refusalFor(need, paired),
    retryAfterSeconds: Math.max(PERSON_NEEDED_RETRY_SECONDS, wholeSeconds(bannedForMs)),
    ...(detail && { detail }),
    mayEndAt: null,
    isBrief: () => false,
  };
}
