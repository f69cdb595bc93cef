import type { CodeStory, CodeView } from '../../otp/operators/codes.js';
import { type CallerNames, callerWords } from '../callers/caller-names.js';
import { channelWords } from '../jobs/channel-words.js';
import { channelName } from '../jobs/reason-words.js';
import { withGaps } from '../moments.js';
import { routeView } from './route-view.js';
import { shownStory, shownVerification } from './shown-verification.js';
import { problemWords, purposeWords, statusWords } from './verification-words.js';

/** Ids are long, and their beginning tells them apart. */
const SHORT_ID = 12;

/** A code as a row of the list. */
export function verificationRow(code: CodeView, names: CallerNames) {
  return { ...shownVerification(code), ...wordsFor(code, names) };
}

/** A code as its own page shows it. */
export function verificationPage(code: CodeStory, names: CallerNames) {
  const shown = shownStory(code);
  const isOurs = code.checksLeft !== null;
  return {
    ...shown,
    ...wordsFor(code, names),
    isOurs,
    means: statusWords(code).means,
    problem: problemWords(code.lastProblem),
    steps: routeView(code),
    written: writtenWords(code),
    timeline: withGaps(shown.timeline),
    canCancel: isOurs && code.status === 'pending',
  };
}

function writtenWords({ link }: CodeStory): string | null {
  if (link === null) return null;
  if (link.usedAt !== null) return 'yes';
  const { mismatches } = link;
  if (mismatches === 0) return 'not yet';
  return `not yet; from other numbers ${mismatches === 1 ? 'once' : `${mismatches} times`}`;
}

function wordsFor(code: CodeView, names: CallerNames) {
  const { word, tone } = statusWords(code);
  const { contactName, contactKind } = channelWords(code.contact.includes('@') ? 'email' : 'whatsapp');
  return {
    href: `/admin/verifications/${encodeURIComponent(code.id)}`,
    api: `/admin/api/verifications/${encodeURIComponent(code.id)}`,
    shortId: code.id.length > SHORT_ID ? `${code.id.slice(0, SHORT_ID)}…` : code.id,
    contactName,
    contactKind,
    badge: { word, tone, icon: code.status === 'pending' ? 'waiting' : tone },
    forWhat: purposeWords(code),
    callerName: callerWords(code.caller, names),
    way: code.route.map(channelName).join(', then '),
  };
}
