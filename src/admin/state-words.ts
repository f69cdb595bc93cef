import type { SenderState, SenderStatus } from '../channels/sender.js';
import { STATE_WORDS, type StateWords } from '../channels/sender-words.js';

/** Codes go out: to everybody, or to the people within reach. */
export function isConnected(state: SenderState): boolean {
  return state === 'READY' || state === 'RESTRICTED';
}

/** The words for the present state. */
export function wordsFor(
  status: Pick<SenderStatus, 'state' | 'qr' | 'need' | 'paired' | 'troubleSince' | 'nextAttemptAt'> & {
    isPaused: boolean;
  },
): StateWords {
  const words = STATE_WORDS[status.state];
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
    return { ...STATE_WORDS.DISCONNECTED, title: 'Reconnecting' };
  }
  if (status.state === 'DISCONNECTED' && status.need !== null && status.nextAttemptAt === null) {
    const act = status.paired
      ? 'Press Reload Session'
      : 'Press Logout WA & New Scan and pair the number again';
    return { ...words, tone: 'bad', advice: `The gateway has stopped trying. ${act}.` };
  }
  return words;
}
