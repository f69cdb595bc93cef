import type { StoredSession } from '../session/sessions.js';
import type { LifecycleEvent } from '../socket/events.js';
import type { Lock, Quota } from '../stanzas/account.js';
import type { StoredStatus } from './status-row.js';

/** Everything that can happen to a sender; `next` says what follows. */
export type SenderEvent =
  | LifecycleEvent
  | OperatorEvent
  | TimerEvent
  | { type: 'loaded'; stored: StoredStatus; session: StoredSession }
  | { type: 'started' }
  | { type: 'stopping' }
  | { type: 'stopped' }
  /** A message to somebody out of reach was refused. */
  | { type: 'cold_refused'; code: 463 | 475; phone: string }
  /** WhatsApp was asked about the account. Null: it did not answer. */
  | { type: 'account_told'; lock: Lock | null; quota: Quota | null }
  | { type: 'pairing_code'; request: number; code: string }
  | { type: 'pairing_code_refused'; request: number; cause: unknown }
  /** The session that WhatsApp ended was deleted. */
  | { type: 'session_discarded'; detail: string }
  | { type: 'session_not_discarded'; code: number | null; reason: string };

type OperatorEvent =
  | { type: 'reload_asked' }
  | { type: 'logout_asked' }
  /** The device is unlinked, if WhatsApp could be reached, and the session deleted. */
  | { type: 'logged_out' }
  | { type: 'pairing_code_asked'; request: number; phone: string }
  /** Somebody is looking. */
  | { type: 'attended' };

export type TimerEvent =
  | { type: 'connect_due' }
  /** The connection has held for a while. */
  | { type: 'stable' }
  /** The restriction may be over. */
  | { type: 'restriction_due' }
  /** It is time to ask about the account again. */
  | { type: 'account_due' };
