import { type JobFields, job } from './harness.js';

export const NOW = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;
export const NUMBERS = [
  '+201001234567',
  '+201555000111',
  '+966501234567',
  '+4915112345678',
  '+34600111222',
] as const;

/** One job of each status, the oldest first. */
export const fiveJobs = (): JobFields[] => [
  job({ jobId: 1, status: 'expired', phoneNumber: NUMBERS[0], createdAt: NOW - 30 * 24 * HOUR }),
  job({
    jobId: 2,
    status: 'failed',
    phoneNumber: NUMBERS[1],
    createdAt: NOW - 2 * 24 * HOUR,
    expiresAt: NOW - 2 * 24 * HOUR + 300_000,
    error: { code: 'not_on_whatsapp', message: '100% out of reach_really' },
  }),
  job({ jobId: 3, status: 'sent', phoneNumber: NUMBERS[2], createdAt: NOW - 2 * HOUR }),
  job({ jobId: 4, status: 'processing', phoneNumber: NUMBERS[3], createdAt: NOW - 60_000 }),
  job({ jobId: 5, status: 'pending', phoneNumber: NUMBERS[4], createdAt: NOW - 1_000 }),
];

/** A failed job that can be retried, with a number of its own. */
export const failed = (jobId: number, fields = {}) =>
  job({
    jobId,
    status: 'failed',
    phoneNumber: `+20100000${1000 + jobId}`,
    error: { code: 'x', message: 'Out of reach.' },
    ...fields,
  });
