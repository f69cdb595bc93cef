import type { Store } from '../../database/schema.js';
import type { Sender, SenderStatus } from '../channels/sender.js';
import type { Clock } from '../clock.js';
import { type Obstacle, type Outlet, PERSON_NEEDED_RETRY_SECONDS } from './outlet.js';

const NO_END_TOLD_RETRY_SECONDS = 3_600;

/** A WhatsApp number: it has to be paired, it comes and goes, and WhatsApp may keep it from writing to strangers. */
export function createWhatsAppOutlet(deps: {
  store: Store;
  sender: Sender;
  clock: Clock;
  account: string;
}): Outlet {
  const { store, sender, clock } = deps;
  return {
    send: (message) => sender.send(message),
    openSince: () => sender.status().openSince,
    warmOnly: () => sender.status().state === 'RESTRICTED',

    opensInMs() {
      const { openSince, nextAttemptAt } = sender.status();
      return openSince === null ? Math.max(0, (nextAttemptAt ?? 0) - clock.now()) : 0;
    },

    async shutOut(recipient) {
      const { state, restrictedUntil } = sender.status();
      if (state !== 'RESTRICTED') return null;
      const known = await store
        .selectFrom('recipients')
        .select('first_accepted_at')
        .where('account', '=', deps.account)
        .where('recipient', '=', recipient)
        .executeTakeFirst();
      if (known?.first_accepted_at) return null;
      const leftMs = (restrictedUntil ?? Number.POSITIVE_INFINITY) - clock.now();
      return { leftMs, obstacle: restricted(leftMs) };
    },

    obstacle() {
      const status = sender.status();
      return status.needsPerson ? personNeeded(status) : null;
    },
  };
}

function restricted(leftMs: number): Obstacle {
  return {
    code: 'sender_restricted',
    reason: 'WhatsApp does not let this sender write to new numbers at the moment.',
    retryAfterSeconds: Number.isFinite(leftMs) ? Math.ceil(leftMs / 1000) : NO_END_TOLD_RETRY_SECONDS,
  };
}

function personNeeded(status: SenderStatus): Obstacle {
  const obstacle = (code: Obstacle['code'], reason: string): Obstacle => ({
    code,
    reason,
    retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS,
  });
  switch (status.state) {
    case 'BANNED':
      return obstacle('sender_banned', 'WhatsApp has banned the sending number.');
    case 'CONFLICT':
      return obstacle('sender_conflict', 'Another program uses the session of the sending number.');
    case 'LOGGED_OUT':
      return obstacle('sender_logged_out', 'The sending number was logged out and must be paired again.');
    default:
      return status.paired || hasGivenUp(status)
        ? obstacle('sender_unavailable', status.detail ?? 'The sender needs the attention of an operator.')
        : obstacle('sender_not_paired', 'No WhatsApp number is paired yet.');
  }
}

/** Not paired and not trying either: there is a session, but it cannot be read. */
function hasGivenUp({ state, nextAttemptAt }: SenderStatus): boolean {
  return state === 'DISCONNECTED' && nextAttemptAt === null;
}
