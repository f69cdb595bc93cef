import { type AboutMessages, isAboutMessages } from '../socket/events.js';
import { accountTold, askAccount, coldRefused, lockPushed, quotaPushed, restrictionDue } from './account.js';
import { forgiven } from './attempts.js';
import { closed, loggedOutByWhatsApp, notOpened, retry, sessionUnreadable } from './closing.js';
import { type Effect, type Step, setTimer, step } from './effects.js';
import type { SenderEvent } from './events.js';
import type { Facts, Moment } from './facts.js';
import { connect, connectAnew, connecting, opened } from './opening.js';
import { codeGiven, paired, qrOffered } from './pairing.js';
import {
  attended,
  loaded,
  loggedOut,
  logoutAsked,
  pairingCodeAsked,
  pairingCodeRefused,
  stopped,
  stopping,
} from './run.js';

/** What follows from an event: the facts after it, and what to do. Nothing else decides. */
export function next(facts: Facts, event: SenderEvent, moment: Moment): Step {
  if (isAboutMessages(event)) return step(facts, ...aboutMessages(event, moment));
  switch (event.type) {
    case 'pairing_code_asked':
      return pairingCodeAsked(facts, event);
    // Known only now, and never again: the next run finds no session that could be ended.
    case 'session_discarded':
      return loggedOutByWhatsApp(facts, event.detail, moment);
    case 'stopped':
      return stopped(facts, moment);
    default:
      return facts.isStopping ? step(facts) : whileRunning(facts, event, moment);
  }
}

function aboutMessages(event: AboutMessages, { now }: Moment): Effect[] {
  switch (event.type) {
    case 'ack': {
      const { messageId, error } = event;
      const outdated: Effect[] = event.isOutdated ? [{ do: 'call_outdated', messageId }] : [];
      if (error !== null) return [...outdated, { do: 'refuse', messageId, error }];
      return [...outdated, { do: 'confirm', receipt: { messageId, kind: 'accepted', at: now } }];
    }
    case 'receipt':
      return [{ do: 'confirm', receipt: event.receipt }];
    case 'text':
      return [{ do: 'pass_on', text: event.text }];
    case 'wrote':
      return [{ ...event, do: 'note_writer' }];
    case 'gave_token':
      return [{ ...event, do: 'note_token' }];
    case 'addresses_changed':
      return [{ do: 'doubt_addresses', jids: event.jids }];
    case 'old_closed':
      return [{ do: 'fail_under_way', close: event.close }];
  }
}

function whileRunning(
  facts: Facts,
  event: Exclude<
    SenderEvent,
    AboutMessages | { type: 'pairing_code_asked' | 'session_discarded' | 'stopped' }
  >,
  moment: Moment,
): Step {
  switch (event.type) {
    case 'loaded':
      return loaded(facts, event, moment);
    case 'started':
      return step(facts, setTimer('connect_due', 0));
    case 'connect_due':
      return connect(facts);
    case 'connecting':
      return connecting(facts, event, moment);
    case 'not_opened':
      return notOpened(facts, event.reason, moment);
    case 'session_unreadable':
      return sessionUnreadable(facts, event.detail, moment);
    case 'qr':
      return qrOffered(facts, event, moment);
    case 'paired':
      return paired(facts, event.phone, moment);
    case 'opened':
      return opened(facts, event.phone, moment);
    case 'stable':
      return step({ ...facts, attempts: forgiven(facts.attempts) });
    case 'closed':
      return closed(facts, event, moment);
    case 'session_not_discarded':
      return retry(facts, event, moment);
    case 'reach_out_lock':
      return lockPushed(facts, event.lock, moment);
    case 'quota':
      return quotaPushed(facts, event.quota, moment);
    case 'cold_refused':
      return coldRefused(facts, event, moment);
    case 'account_told':
      return accountTold(facts, event, moment);
    case 'account_due':
      return askAccount(facts, moment);
    case 'restriction_due':
      return restrictionDue(facts, moment);
    case 'reload_asked':
      return connectAnew(facts);
    case 'logout_asked':
      return logoutAsked(facts);
    case 'logged_out':
      return loggedOut(facts, moment);
    case 'pairing_code':
      return codeGiven(facts, event, moment);
    case 'pairing_code_refused':
      return pairingCodeRefused(facts, event);
    case 'attended':
      return attended(facts, moment);
    case 'stopping':
      return stopping(facts);
  }
}
