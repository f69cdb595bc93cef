import type { Need, SenderState, TroubleKind } from './sender.js';

/** What people read about a sender: on the dashboard, in an alert, in an answer to a caller. */

/** A state in words for an operator: what it is, how bad it is, and what to do next. */
export interface StateWords {
  title: string;
  tone: 'good' | 'busy' | 'warning' | 'bad';
  advice: string;
}

export const STATE_WORDS: Record<SenderState, StateWords> = {
  READY: {
    title: 'Connected',
    tone: 'good',
    advice: 'Codes go out as they come in. Nothing to do.',
  },
  CONNECTING: {
    title: 'Connecting',
    tone: 'busy',
    advice: 'The gateway is reaching WhatsApp. This takes a few seconds.',
  },
  QR_REQUIRED: {
    title: 'Waiting to be paired',
    tone: 'warning',
    advice:
      'On the phone that will send the codes, open WhatsApp → Linked devices → Link a device, and scan the QR code.',
  },
  PAIRING: {
    title: 'Pairing',
    tone: 'busy',
    advice: 'Finish the pairing on the phone and keep it online until the gateway is connected.',
  },
  DISCONNECTED: {
    title: 'Disconnected',
    tone: 'warning',
    advice:
      'The gateway reconnects by itself; then the codes that wait go out. New ones are refused when this is more than a moment. If it lasts, check the network of this machine and the phone, then press Reload Session.',
  },
  RESTRICTED: {
    title: 'Restricted by WhatsApp',
    tone: 'bad',
    advice:
      'WhatsApp does not let this number begin chats (error 463 or 475). People who have written to it within a day, or given it a token, still get their codes. Retrying does not help and makes it worse: wait until the restriction ends.',
  },
  LOGGED_OUT: {
    title: 'Logged out',
    tone: 'bad',
    advice: 'The device was unlinked on the phone, or WhatsApp ended the session. Pair the number again.',
  },
  BANNED: {
    title: 'Banned by WhatsApp',
    tone: 'bad',
    advice:
      'WhatsApp has locked this number. Open WhatsApp on the phone and ask for a review. When it works there again, press Reload Session; to go on with another number, press Logout WA & New Scan.',
  },
  CONFLICT: {
    title: 'In use elsewhere',
    tone: 'bad',
    advice:
      'Two programs on one session throw each other out, so this one keeps still. Once the other one is stopped, press Reload Session.',
  },
};

interface TroubleWords {
  /** Follows "WhatsApp sender …", for whoever is alerted. */
  alert: string;
}

export const TROUBLE_WORDS: Record<TroubleKind, TroubleWords> = {
  logged_out: {
    alert: 'was logged out. Pair it again on the dashboard.',
  },
  banned: {
    alert: 'was banned by WhatsApp. Open WhatsApp on the phone and ask for a review.',
  },
  conflict: {
    alert: 'is in use elsewhere. Stop the other program, then reload the session on the dashboard.',
  },
  retries_exhausted: {
    alert: 'cannot reach WhatsApp. It keeps trying, more slowly; check the network.',
  },
  restricted: {
    alert:
      'was restricted by WhatsApp: only people who have written to it within a day, or given it a token, get messages for now.',
  },
  refused_often: {
    alert: 'was refused by WhatsApp for three people within an hour. Consider leaving it alone for a while.',
  },
  session_corrupt: {
    alert: 'has a stored session that cannot be read. Restore ENCRYPTION_KEY or a backup, or pair it again.',
  },
};

/** Why a caller's code is not accepted, for the operator of the caller. */
export const REFUSALS = {
  sender_not_paired: 'No WhatsApp number is paired yet.',
  sender_logged_out: 'The sending number was logged out and must be paired again.',
  sender_banned: 'WhatsApp has banned the sending number.',
  sender_conflict: 'Another program uses the session of the sending number.',
  sender_restricted: 'WhatsApp does not let this sender write to new numbers at the moment.',
  sender_unavailable: 'The sending number needs the attention of an operator.',
};

type RefusalCode = keyof typeof REFUSALS;

/** The code of a refusal that lasts until a person acts, for a number whose session is stored and for one without. */
const REFUSAL_CODES: Record<Need, Record<'paired' | 'unpaired', RefusalCode>> = {
  // The phone has accepted the device, and its first connection is still to come.
  pairing: { paired: 'sender_unavailable', unpaired: 'sender_not_paired' },
  logged_out: { paired: 'sender_logged_out', unpaired: 'sender_logged_out' },
  banned: { paired: 'sender_banned', unpaired: 'sender_banned' },
  conflict: { paired: 'sender_conflict', unpaired: 'sender_conflict' },
  session_corrupt: { paired: 'sender_unavailable', unpaired: 'sender_unavailable' },
  retries_exhausted: { paired: 'sender_unavailable', unpaired: 'sender_unavailable' },
};

export function refusalFor(need: Need, isPaired: boolean): RefusalCode {
  return REFUSAL_CODES[need][isPaired ? 'paired' : 'unpaired'];
}
