import type { JobEventKind } from '../../../database/schema.js';
import type { JobEvent, JobStory } from '../../delivery/job.js';
import { inOrder, type Moment, type Tone } from '../moments.js';
import { channelWords } from './channel-words.js';

const EVENTS: Record<JobEventKind, { label: string; tone: Tone }> = {
  claimed: { label: 'Claimed', tone: 'busy' },
  attempt_failed: { label: 'An attempt failed', tone: 'warning' },
  waiting: { label: 'Back in the queue', tone: 'warning' },
  recovered: { label: 'Taken up again', tone: 'busy' },
  failed: { label: 'Failed', tone: 'bad' },
  retried: { label: 'Retried by an operator', tone: 'busy' },
};

/** Everything that happened to a job, in order. */
export function timelineOf(job: JobStory) {
  return inOrder([
    { at: job.createdAt, label: 'Requested', tone: 'plain', detail: null },
    ...job.events.map(momentOf),
    ...latestClaim(job),
    ...receipts(job),
    ...end(job),
  ]);
}

function momentOf({ at, kind, detail }: JobEvent): Moment {
  return { at, ...EVENTS[kind], detail: kind === 'retried' && detail ? `by ${detail}` : detail };
}

/** A claim becomes an event only when its attempt has failed. */
function latestClaim({ claimedAt, events }: JobStory): Moment[] {
  const isTold = events.some(({ at, kind }) => kind === 'claimed' && at === claimedAt);
  return claimedAt === null || isTold ? [] : [{ at: claimedAt, ...EVENTS.claimed, detail: null }];
}

function receipts(job: JobStory): Moment[] {
  const known: [number | null, string, string | null][] = [
    [job.sentAt, 'Sent', channelWords(job.channel).accepted],
    [job.deliveredAt, 'Delivered', 'It has reached the handset.'],
    [job.readAt, 'Read', null],
  ];
  return known.flatMap(([at, label, detail]) => (at === null ? [] : [{ at, label, tone: 'good', detail }]));
}

function end(job: JobStory): Moment[] {
  if (job.finishedAt === null || job.status === 'sent') return [];
  const [label, tone]: [string, Tone] =
    job.status === 'expired'
      ? ['Expired', 'bad']
      : job.status === 'canceled'
        ? ['Canceled by its caller', 'plain']
        : ['Failed', 'bad'];
  return [{ at: job.finishedAt, label, tone, detail: job.error?.message ?? null }];
}
