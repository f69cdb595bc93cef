import { type JobStory, type JobView, NOTICE, type Retry } from '../../delivery/job.js';
import { badge } from '../badges.js';
import { withGaps } from '../moments.js';
import { channelWords } from './channel-words.js';
import { shownJob, shownStory } from './shown-job.js';

/** Why a failed job cannot be retried, for lists and for the job's own page. */
const NO_RETRY: Partial<Record<Retry, { short: string; long: string }>> = {
  expired: {
    short: 'Code expired',
    long: 'Its code has expired, so sending it again would help nobody. The user has to ask for a new code.',
  },
  ended: {
    short: 'Code ended',
    long: 'Its code was used, cancelled or replaced, so nobody needs it any more.',
  },
  superseded: {
    short: 'Code replaced',
    long: 'A newer code for the same recipient took its place.',
  },
};
/** A notice holds no code that could expire. */
const TOO_OLD = { short: 'Too old', long: 'By now it would only puzzle the person.' };

/** A job as a row of a list: `moments` are the columns of times. */
export function jobRow(job: JobView, columns: 'all' | 'compact') {
  const shown = shownJob(job);
  const { noReceipt } = channelWords(job.channel);
  const moments = [
    { label: 'Requested', at: shown.createdAt, none: 'not yet' },
    { label: 'Sent', at: shown.sentAt, none: 'not yet' },
    { label: 'Delivered', at: shown.deliveredAt, none: noReceipt },
    { label: 'Read', at: shown.readAt, none: noReceipt },
  ];
  return {
    ...shown,
    ...wordsFor(job),
    moments: columns === 'all' ? moments : moments.slice(0, 3),
    canRetry: job.retry === 'possible',
    noRetry: noRetry(job)?.short ?? null,
  };
}

/** A job as its own page shows it. */
export function jobPage(job: JobStory) {
  const shown = shownStory(job);
  return {
    ...shown,
    ...wordsFor(job),
    errorTone: job.status === 'sent' || job.status === 'canceled' ? 'warning' : 'bad',
    canRetry: job.retry === 'possible',
    canDelete: job.finishedAt !== null,
    noRetry: noRetry(job)?.long ?? null,
    timeline: withGaps(shown.timeline),
  };
}

function wordsFor({ channel, purpose, status }: JobView) {
  const { channelName, contactName, contactKind } = channelWords(channel);
  return { channelName, contactName, contactKind, isNotice: purpose === NOTICE, badge: badge(status) };
}

function noRetry(job: JobView) {
  if (job.status !== 'failed') return undefined;
  return job.purpose === NOTICE && job.retry === 'expired' ? TOO_OLD : NO_RETRY[job.retry];
}
