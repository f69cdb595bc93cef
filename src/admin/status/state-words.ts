import type { SenderState, SenderStatus } from '../../channels/sender.js';

/** A state as an operator reads it: what it is, how bad it is, and what to do next. */
export interface StateWords {
  title: string;
  tone: 'good' | 'busy' | 'warning' | 'bad';
  advice: string;
}

const WORDS: Record<SenderState, StateWords> = {
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
      'WhatsApp does not let this number write first to people it has never written to (error 463). Known recipients still get their codes. Retrying does not help and makes it worse: wait until the restriction ends.',
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

/** Codes go out: to all, or to the people it has written to. */
export function isConnected(state: SenderState): boolean {
  return state === 'READY' || state === 'RESTRICTED';
}

export function wordsFor(
  status: Pick<SenderStatus, 'state' | 'qr' | 'needsPerson' | 'paired' | 'troubleSince'> & {
    isPaused: boolean;
  },
): StateWords {
  const words = WORDS[status.state];
  if (status.state === 'READY' && status.isPaused) {
    return {
      ...words,
      advice:
        'Sending is paused: nothing goes out, and after a few seconds new codes are refused. Resume it when you are ready.',
    };
  }
  if (status.state === 'QR_REQUIRED' && status.qr === null) {
    return { ...words, advice: `A new QR code is on its way; it appears here. ${words.advice}` };
  }
  if (status.state === 'CONNECTING' && status.troubleSince !== null) {
    return { ...WORDS.DISCONNECTED, title: 'Reconnecting' };
  }
  if (status.state === 'DISCONNECTED' && status.needsPerson) {
    const act = status.paired
      ? 'Press Reload Session'
      : 'Press Logout WA & New Scan and pair the number again';
    return { ...words, tone: 'bad', advice: `The gateway has stopped trying. ${act}.` };
  }
  return words;
}
