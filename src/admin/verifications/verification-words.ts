import type { AttemptCause, CodeStatus } from '../../../database/schema.js';
import { GATEWAY } from '../../delivery/job.js';
import type { CodeView } from '../../otp/operators/codes.js';
import { contractWords } from '../callers/contract-words.js';
import type { Tone } from '../moments.js';

/** How a job failed that we took back because the next step began: its channel is not to blame. */
export const WITHDRAWN = 'withdrawn';

interface StatusWords {
  word: string;
  tone: Tone;
  means: string;
}

const STATUSES: Record<CodeStatus, StatusWords> = {
  pending: { word: 'pending', tone: 'busy', means: 'The right code has not come back yet.' },
  approved: { word: 'approved', tone: 'good', means: 'The right code came back.' },
  canceled: {
    word: 'canceled',
    tone: 'plain',
    means: 'It was ended before the right code came back: by its caller, an operator or the person.',
  },
  expired: { word: 'expired', tone: 'warning', means: 'The right code did not come back in time.' },
  max_checks: {
    word: 'wrong checks',
    tone: 'bad',
    means: 'Too many wrong codes came back: nobody can be approved by it any more.',
  },
};

/** A code that somebody else checks: whether it came back is not known here. */
const NOT_OURS: Record<CodeStatus, StatusWords> = {
  ...STATUSES,
  pending: { word: 'under way', tone: 'busy', means: 'It is still good. Whoever asked for it checks it.' },
  canceled: { word: 'replaced', tone: 'plain', means: 'A newer code took its place, or it was used.' },
  expired: { word: 'over', tone: 'plain', means: 'Its time is over. Whoever asked for it checked it.' },
};

const PROVEN_BY_MESSAGE = "The person's own message proved the number.";

export function statusWords({
  status,
  checksLeft,
  proof,
}: Pick<CodeView, 'status' | 'checksLeft' | 'proof'>) {
  const words = (checksLeft === null ? NOT_OURS : STATUSES)[status];
  return status === 'approved' && proof === 'message' ? { ...words, means: PROVEN_BY_MESSAGE } : words;
}

/** What the form can filter by. */
export const STATUS_CHOICES = Object.entries(STATUSES).map(([value, { word }]) => ({ value, word }));

export const CAUSES: Record<AttemptCause, string> = {
  start: 'Began over',
  step: 'Went on to',
  resend: 'Sent again over',
  reply: 'Answered over',
};

const DOORS: Record<string, string> = {
  register: 'Sign-up',
  login: 'Log-in',
  reset: 'Password reset',
  password: 'New password',
};

/** What a code is for. */
export function purposeWords({ purpose, action, checksLeft }: CodeView): string {
  if (action !== null) return action;
  if (checksLeft !== null) return 'Verification';
  if (purpose === GATEWAY) return 'Code that its caller checks';
  const [, contract = '', door = ''] = /^(.+)-([a-z]+)$/.exec(purpose) ?? [];
  return DOORS[door] ? `${DOORS[door]}, ${contractWords(contract)}` : purpose;
}

const PROBLEMS: Record<string, string> = {
  sender_mismatch: 'Its text came from another number than the one that is to be proven, and was not taken.',
  sender_not_proven: 'WhatsApp did not tell which number its text came from, and it was not taken.',
};

export function problemWords(problem: string | null): string | null {
  return problem === null ? null : (PROBLEMS[problem] ?? problem);
}
