import type { CodeAttempt, CodeStory } from '../../otp/operators/codes.js';
import { durationWords } from '../durations.js';
import { channelWords } from '../jobs/channel-words.js';
import { channelName, reasonWords } from '../jobs/reason-words.js';
import { inOrder, type Moment } from '../moments.js';
import { CAUSES, statusWords, WITHDRAWN } from './verification-words.js';

interface StoryMoment extends Moment {
  /** What it is about, as a link. */
  jobId: number | null;
}

/** Everything that happened to a code, in order, with the reason for each step. */
export function storyOf(code: CodeStory) {
  const { attempts } = code;
  return inOrder<StoryMoment>([
    moment(code.createdAt, 'Started', 'plain', routeWords(code)),
    ...attempts.flatMap((attempt, index) => sending(attempt, attempts.slice(0, index))),
    ...writing(code),
    ...end(code),
  ]);
}

function routeWords({ route, isTest, userFirst }: CodeStory): string {
  if (isTest) return 'A test number: nothing is sent to it.';
  const way = `Route: ${route.map(channelName).join(', then ')}.`;
  return userFirst === 'only' ? `${way} The person is to write first.` : way;
}

function sending(attempt: CodeAttempt, before: CodeAttempt[]): StoryMoment[] {
  const { channel, cause, at, jobId, skipped } = attempt;
  const name = channelName(channel);
  if (jobId === null) return [moment(at, `${name} passed over`, 'warning', reasonWords(skipped))];
  const begun = moment(at, `${CAUSES[cause]} ${name}`, 'busy', whyOf(attempt, before), jobId);
  // Sent again while it still waited: the same job.
  const isTold = before.some((earlier) => earlier.jobId === jobId);
  return isTold ? [begun] : [begun, ...ofJob(attempt)];
}

function whyOf({ cause, at }: CodeAttempt, before: CodeAttempt[]): string | null {
  if (cause === 'resend') return 'Somebody asked for it again.';
  if (cause === 'reply') return 'The person wrote first.';
  const last = before.at(-1);
  if (cause === 'start' || last === undefined) return null;
  const name = channelName(last.channel);
  if (last.jobId === null) return `Because ${name} was passed over.`;
  const failure = failureBefore(last, at);
  if (failure !== null) return `Because it failed over ${name}: ${failure}`;
  return `Because nothing had arrived over ${name} after ${durationWords(at - last.at)}.`;
}

/** A failure after the next step had begun was not the reason for it. */
function failureBefore({ job }: CodeAttempt, at: number): string | null {
  if (!job?.error || job.error.code === WITHDRAWN) return null;
  return job.finishedAt !== null && job.finishedAt <= at ? job.error.message : null;
}

function ofJob({ channel, job }: CodeAttempt): StoryMoment[] {
  if (job === null) return [];
  const name = channelName(channel);
  const told: [number | null, string, string | null][] = [
    [job.sentAt, `Sent over ${name}`, channelWords(channel).accepted],
    [job.deliveredAt, `Delivered over ${name}`, null],
    [job.readAt, `Read in ${name}`, null],
  ];
  return [
    ...told.flatMap(([at, label, detail]) => (at === null ? [] : [moment(at, label, 'good', detail)])),
    ...failure(name, job),
  ];
}

function failure(name: string, { status, finishedAt, error }: NonNullable<CodeAttempt['job']>) {
  if (finishedAt !== null && status === 'canceled') {
    return [moment(finishedAt, `${name} canceled`, 'plain', error?.message ?? null)];
  }
  if (finishedAt === null || (status !== 'failed' && status !== 'expired')) return [];
  if (error?.code === WITHDRAWN) return [moment(finishedAt, `${name} withdrawn`, 'plain', error.message)];
  return [moment(finishedAt, `Failed over ${name}`, 'bad', error?.message ?? null)];
}

function writing({ link, proof }: CodeStory): StoryMoment[] {
  if (link === null) return [];
  const { madeAt, usedAt, burnedAt, mismatches } = link;
  const taken = proof === 'message' ? 'The message itself is the proof.' : 'The code goes into that chat.';
  return [
    moment(madeAt, 'Asked to write first', 'plain', 'By a link, its QR code, or the text to send.'),
    ...(usedAt === null ? [] : [moment(usedAt, 'The person wrote', 'good', taken)]),
    ...(burnedAt === null
      ? []
      : [
          moment(
            burnedAt,
            'The link is void',
            'bad',
            `Its text came ${mismatches} times from other numbers.`,
          ),
        ]),
  ];
}

function end(code: CodeStory): StoryMoment[] {
  if (code.status === 'pending') return [];
  const { word, tone, means } = statusWords(code);
  const label = word.charAt(0).toUpperCase() + word.slice(1);
  return [moment(code.endedAt ?? code.expiresAt, label, tone, means)];
}

function moment(
  at: number,
  label: string,
  tone: Moment['tone'],
  detail: string | null,
  jobId: number | null = null,
): StoryMoment {
  return { at, label, tone, detail, jobId };
}
