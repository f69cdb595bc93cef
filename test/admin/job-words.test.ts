import { expect, it } from 'vitest';
import { channelWords } from '../../src/admin/jobs/channel-words.js';
import { bulkQuestions, jobCount, retriedWords } from '../../src/admin/jobs/job-words.js';

it('the question before an action on many jobs tells how many, and what is left out', () => {
  const { retry, delete: remove } = bulkQuestions({ retryable: 1, deletable: 1_234, atLeast: false });
  expect(retry).toMatchObject({ yes: 'Retry 1 job', possible: true });
  expect(retry.text[0]).toBe('1 job will go back to the queue, each with its own code.');
  expect(remove).toMatchObject({ yes: 'Delete 1,234 jobs', possible: true });
  expect(remove.text).toEqual([
    '1,234 jobs will be deleted for good, each with its timeline. This cannot be undone.',
    'Jobs that are pending or processing stay.',
  ]);
});

it('where not all jobs were looked at, the question says so', () => {
  const { delete: remove } = bulkQuestions({ retryable: 0, deletable: 3_000, atLeast: true });
  expect(remove.text[0]).toMatch(/^At least 3,000 jobs will be deleted/);
  expect(remove.yes).toBe('Delete at least 3,000 jobs');
});

it('where there is nothing to do, the question says why and cannot be answered with yes', () => {
  const { retry, delete: remove } = bulkQuestions({ retryable: 0, deletable: 0, atLeast: false });
  expect([retry.possible, remove.possible]).toEqual([false, false]);
  expect([retry.yes, remove.yes]).toEqual(['Retry jobs', 'Delete jobs']);
  expect(retry.text).toEqual([expect.stringMatching(/^None of these jobs can be retried/)]);
});

it('a retried job says what it waits for', () => {
  const words = (
    channel: 'whatsapp' | 'email',
    state: 'READY' | 'RESTRICTED' | 'DISCONNECTED',
    isPaused = false,
  ) => retriedWords({ jobId: 7, needsNumber: channelWords(channel).needsNumber }, { state, isPaused });
  const done = 'Job #7 is back in the queue.';
  expect(words('whatsapp', 'READY')).toBe(done);
  expect(words('whatsapp', 'RESTRICTED')).toBe(done);
  expect(words('whatsapp', 'DISCONNECTED')).toBe(`${done} It goes out as soon as a number is connected.`);
  expect(words('email', 'DISCONNECTED')).toBe(done);
  expect(words('email', 'READY', true)).toBe(`${done} It goes out when sending is resumed.`);
});

it('a number of jobs is counted as people count', () => {
  expect([0, 1, 2, 12_000].map(jobCount)).toEqual(['0 jobs', '1 job', '2 jobs', '12,000 jobs']);
});
