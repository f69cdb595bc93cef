import { expect, it } from 'vitest';
import type { AuditAction } from '../../src/admin/audit/audit-log.js';
import { auditWords } from '../../src/admin/audit/audit-words.js';

const words = (action: AuditAction, target: string | null = null, detail: string | null = null) =>
  auditWords({ action, target, detail });

it('an action on one job names the job', () => {
  expect(words('job_retried', 'job 6')).toEqual({ what: 'retried', jobId: 6, more: null });
  expect(words('job_deleted', 'job 6')).toEqual({ what: 'deleted', jobId: 6, more: null });
  expect(words('number_revealed', 'job 6', '+20********67')).toEqual({
    what: 'revealed the number of',
    jobId: 6,
    more: '+20********67',
  });
});

it('an action on an API key names the key', () => {
  const created = words('key_created', 'key Ab12Cd34', 'Web shop (otp:send)');
  expect(created).toEqual({ what: 'created', jobId: null, keyId: 'Ab12Cd34', more: 'Web shop (otp:send)' });
  expect(words('key_rotated', 'key Ab12Cd34').what).toBe('rotated');
  expect(words('key_revoked', 'key Ab12Cd34').what).toBe('revoked');
});

it('an action on many jobs tells how many, and by which filter', () => {
  expect(words('jobs_retried', 'failed', '2 jobs')).toMatchObject({
    what: 'retried 2 jobs',
    more: '(failed)',
  });
  expect(words('jobs_deleted', 'all of the last 24h', '12 jobs')).toEqual({
    what: 'deleted 12 jobs',
    jobId: null,
    more: '(all of the last 24h)',
  });
});

it('an action on the session tells the number, one on the queue does not', () => {
  const number = '+20*******01';
  for (const action of ['session_reloaded', 'whatsapp_logged_out', 'pairing_code_requested'] as const) {
    expect(words(action, number).more).toBe(`number ${number}`);
    expect(words(action).more).toBeNull();
  }
  expect(words('queue_paused', number)).toEqual({ what: 'paused sending', jobId: null, more: null });
  expect(words('queue_resumed', number).more).toBeNull();
});
