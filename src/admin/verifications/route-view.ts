import { isoOrNull } from '../../clock.js';
import type { CodeAttempt, CodeStory } from '../../otp/operators/codes.js';
import { channelName, reasonWords } from '../jobs/reason-words.js';
import type { Tone } from '../moments.js';
import { WITHDRAWN } from './verification-words.js';

/** Where people can write to us. */
const WRITTEN_ON = 'whatsapp';

/** A step of a route, and how it stands: `at` belongs at the end of the words. */
interface Step {
  name: string;
  tone: Tone | 'waiting';
  words: string;
  at: string | null;
}

/** Every step of the route, also those that have not begun. */
export function routeView(code: CodeStory): Step[] {
  return code.route.map((channel, place) => {
    const last = code.attempts.filter((attempt) => attempt.channel === channel).at(-1);
    return { name: channelName(channel), ...(last ? standing(last) : ahead(code, channel, place)) };
  });
}

function standing({ jobId, skipped, job }: CodeAttempt): Omit<Step, 'name'> {
  const step = (tone: Step['tone'], words: string, at: number | null = null) => ({
    tone,
    words,
    at: isoOrNull(at),
  });
  if (jobId === null) return step('warning', `Passed over. ${reasonWords(skipped)}`);
  if (job === null) return step('plain', 'Its job is deleted.');
  if (job.status === 'canceled') return step('plain', job.error?.message ?? 'Canceled.', job.finishedAt);
  if (job.status === 'failed' || job.status === 'expired') {
    return step(
      job.error?.code === WITHDRAWN ? 'plain' : 'bad',
      job.error?.message ?? 'It failed.',
      job.finishedAt,
    );
  }
  if (job.readAt !== null) return step('good', 'Read', job.readAt);
  if (job.deliveredAt !== null) return step('good', 'Delivered', job.deliveredAt);
  if (job.sentAt !== null) return step('busy', 'Sent, not delivered yet', job.sentAt);
  return step('waiting', 'Waits to be sent');
}

function ahead(code: CodeStory, channel: string, place: number): Omit<Step, 'name'> {
  const { status, step, nextStepAt, isTest, link } = code;
  const plain = (words: string) => ({ tone: 'plain' as const, words, at: null });
  if (isTest) return plain('Nothing is sent to a test number');
  if (status !== 'pending') return plain('Not used');
  if (place === step + 1 && nextStepAt !== null) {
    return { tone: 'waiting', words: 'Begins, unless something arrives before,', at: isoOrNull(nextStepAt) };
  }
  if (channel === WRITTEN_ON && link !== null && link.usedAt === null) {
    return { tone: 'waiting', words: 'Waits for the person to write first', at: null };
  }
  return plain(place > step + 1 ? 'Comes after that' : 'Not used so far');
}
