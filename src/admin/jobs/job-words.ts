import type { SenderState } from '../../channels/sender.js';
import { isConnected } from '../state-words.js';

/** What is asked before an action on all jobs of a filter. */
export interface BulkQuestion {
  text: string[];
  /** The label of the button that does it. */
  yes: string;
  possible: boolean;
}

/** What retrying or deleting all jobs of a filter would touch; `atLeast`: there may be more. */
interface Reach {
  retryable: number;
  deletable: number;
  atLeast: boolean;
}

export function bulkQuestions({
  retryable,
  deletable,
  atLeast,
}: Reach): Record<'retry' | 'delete', BulkQuestion> {
  return {
    retry: question('Retry', retryable, atLeast, {
      all: 'will go back to the queue, each with its own code.',
      rest: 'Jobs whose code has expired or ended, or was replaced by a newer one, are left out.',
      none: 'None of these jobs can be retried: only failed ones whose code is still valid can.',
    }),
    delete: question('Delete', deletable, atLeast, {
      all: 'will be deleted for good, each with its timeline. This cannot be undone.',
      rest: 'Jobs that are pending or processing stay.',
      none: 'None of these jobs can be deleted: pending and processing jobs stay.',
    }),
  };
}

/** The two actions on all jobs of the list, each with the question before it, whose words come with the count. */
export function bulkOffers(isFiltered: boolean) {
  const offer = (id: 'retry' | 'delete', verb: string, kind: string) => {
    const label = `${verb} all ${isFiltered ? 'that match' : kind}`;
    const title = isFiltered ? `${label}?` : `${label} jobs?`;
    const isDanger = id === 'delete';
    const text = ['Counting the jobs …'];
    const yes = `${verb} jobs`;
    return {
      id,
      label: `${label}…`,
      isDanger,
      dialog: { id: `bulk-${id}`, title, text, yes, danger: isDanger, disabled: true },
    };
  };
  return [offer('retry', 'Retry', 'failed'), offer('delete', 'Delete', 'finished')];
}

/** The result of a retry; `needsNumber`: the job goes out over the WhatsApp number, whose state is `state`. */
export function retriedWords(
  job: { jobId: number; needsNumber: boolean },
  now: { state: SenderState; isPaused: boolean },
): string {
  const done = `Job #${job.jobId} is back in the queue.`;
  if (now.isPaused) return `${done} It goes out when sending is resumed.`;
  if (!job.needsNumber || isConnected(now.state)) return done;
  return `${done} It goes out as soon as a number is connected.`;
}

export function jobCount(count: number): string {
  return count === 1 ? '1 job' : `${count.toLocaleString('en')} jobs`;
}

function question(
  verb: string,
  count: number,
  atLeast: boolean,
  words: Record<'all' | 'rest' | 'none', string>,
): BulkQuestion {
  if (count === 0) return { text: [words.none], yes: `${verb} jobs`, possible: false };
  const jobs = jobCount(count);
  return {
    text: [`${atLeast ? 'At least ' : ''}${jobs} ${words.all}`, words.rest],
    yes: `${verb} ${atLeast ? 'at least ' : ''}${jobs}`,
    possible: true,
  };
}
