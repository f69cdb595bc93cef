import { fill } from '../otp/texts/fill.js';
import type { Verification } from '../otp/verifications/verification.js';
import type { PageWords } from './words/page-words.js';

/** What came of a form, as it stands in the address that the browser is sent to. */
export const NOTICES = ['wrong', 'missing', 'wait', 'noSends', 'notNow', 'resent'] as const;

export interface Notice {
  name: (typeof NOTICES)[number];
  /** How long to wait, for `wait`. */
  seconds: number;
}

const MAX_WAIT_SECONDS = 86_400;

/** Null: there is none, or nothing that this page says. */
export function noticeIn(query: URLSearchParams): Notice | null {
  const name = NOTICES.find((known) => known === query.get('notice'));
  const seconds = Number(query.get('seconds') ?? 0);
  if (name === undefined) return null;
  return {
    name,
    seconds: Number.isInteger(seconds) && seconds >= 0 ? Math.min(seconds, MAX_WAIT_SECONDS) : 0,
  };
}

export function addressOf(path: string, notice: Notice | null): string {
  if (notice === null) return path;
  return `${path}?notice=${notice.name}${notice.name === 'wait' ? `&seconds=${notice.seconds}` : ''}`;
}

/** What the form brought, else what happened to the message of whoever wrote first. */
export function noticeOf(
  said: Notice | null,
  { lastProblem, checksLeft }: Pick<Verification, 'lastProblem' | 'checksLeft'>,
  { words, to }: { words: PageWords; to: string },
): { tone: 'good' | 'warning' | 'bad'; text: string } | null {
  if (said === null) return problemOf(lastProblem, words, to);
  const minutes = Math.floor(said.seconds / 60);
  const time = `${minutes}:${String(said.seconds % 60).padStart(2, '0')}`;
  const text = fill(words.notice[said.name], { n: checksLeft, time });
  const tones = { resent: 'good', wrong: 'bad', missing: 'bad' } as const;
  return { tone: tones[said.name as keyof typeof tones] ?? 'warning', text };
}

function problemOf(problem: Verification['lastProblem'], { notice }: PageWords, to: string) {
  if (problem === null) return null;
  const text = problem === 'sender_not_proven' ? notice.notProven : fill(notice.mismatch, { to });
  return { tone: 'warning' as const, text };
}
