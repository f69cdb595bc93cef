import type { JobEventKind } from '../../database/schema.js';
import type { JobStory } from '../delivery/job.js';
import { isoOrNull } from '../http/answer.js';

type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'plain';

interface Moment {
  at: number;
  label: string;
  tone: Tone;
  detail: string | null;
}

const EVENTS: Record<JobEventKind, { label: string; tone: Tone }> = {
  attempt_failed: { label: 'An attempt failed', tone: 'warning' },
  waiting: { label: 'Back in the queue', tone: 'warning' },
  recovered: { label: 'Taken up again', tone: 'busy' },
  retried: { label: 'Retried by an operator', tone: 'busy' },
};

/** Everything that happened to a job, in order. Moments at the same millisecond stay in the order of a job's life. */
export function timelineOf(job: JobStory) {
  const moments: Moment[] = [
    { at: job.createdAt, label: 'Requested', tone: 'plain', detail: null },
    ...times(job),
    ...job.events.map(({ at, kind, detail }) => ({ at, ...EVENTS[kind], detail })),
    ...end(job),
  ];
  return moments
    .map((moment, index) => ({ moment, index }))
    .sort((a, b) => a.moment.at - b.moment.at || a.index - b.index)
    .map(({ moment }) => ({ ...moment, at: isoOrNull(moment.at) }));
}

function times(job: JobStory): Moment[] {
  const known: [number | null, string, Tone, string | null][] = [
    [
      job.claimedAt,
      'Claimed by the worker',
      'busy',
      job.attempts > 0 ? 'The latest of several claims.' : null,
    ],
    [job.sentAt, 'Sent', 'good', 'WhatsApp has accepted the message.'],
    [job.deliveredAt, 'Delivered', 'good', 'It has reached the handset.'],
    [job.readAt, 'Read', 'good', null],
  ];
  return known.flatMap(([at, label, tone, detail]) => (at === null ? [] : [{ at, label, tone, detail }]));
}

function end(job: JobStory): Moment[] {
  if (job.finishedAt === null || job.status === 'sent') return [];
  const label = job.status === 'expired' ? 'Expired' : 'Failed';
  return [{ at: job.finishedAt, label, tone: 'bad', detail: job.error?.message ?? null }];
}
