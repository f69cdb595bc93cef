import { describe, expect, it } from 'vitest';
import { durationWords } from '../../src/admin/durations.js';
import { jobPage, jobRow } from '../../src/admin/jobs/job-view.js';
import { deliveryWindows, waitWords } from '../../src/admin/status/status-view.js';
import { userPage, userRow } from '../../src/admin/users/user-view.js';
import type { ListedUser } from '../../src/auth/accounts/users.js';
import type { JobStory } from '../../src/delivery/job.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const story = (changes: Partial<JobStory> = {}): JobStory => ({
  jobId: 7,
  caller: null,
  channel: 'whatsapp',
  phoneNumber: '+201001234567',
  status: 'failed',
  createdAt: 0,
  claimedAt: SECOND,
  sentAt: null,
  deliveredAt: null,
  readAt: null,
  expiresAt: HOUR,
  attempts: 1,
  writes: 1,
  requestId: null,
  error: { code: 'refused', message: 'WhatsApp refused the message.' },
  retry: 'possible',
  purpose: 'login',
  message: 'Your code is ****',
  codeId: null,
  finishedAt: 3 * SECOND,
  events: [],
  ...changes,
});

describe('a job', () => {
  it('can be retried, or says in a word why not', () => {
    expect(jobRow(story(), 'all')).toMatchObject({ canRetry: true, noRetry: null });
    expect(jobRow(story({ retry: 'expired' }), 'all')).toMatchObject({
      canRetry: false,
      noRetry: 'Code expired',
    });
    expect(jobRow(story({ status: 'sent', retry: 'not_failed' }), 'all').noRetry).toBeNull();
    expect(jobPage(story({ retry: 'superseded' })).noRetry).toMatch(/^A newer code/);
  });

  it('says so when it is a notice, which has no code to expire', () => {
    expect(jobRow(story(), 'all').isNotice).toBe(false);
    const notice = story({ purpose: 'notice', retry: 'expired' });
    expect(jobPage(notice)).toMatchObject({ isNotice: true, noRetry: expect.not.stringContaining('code') });
  });

  it('has fewer columns where there is less room', () => {
    const labels = (columns: 'all' | 'compact') => jobRow(story(), columns).moments.map(({ label }) => label);
    expect(labels('all')).toEqual(['Requested', 'Sent', 'Delivered', 'Read']);
    expect(labels('compact')).toEqual(['Requested', 'Sent', 'Delivered']);
  });

  it('over e-mail has an address, and nobody reports what became of it', () => {
    const row = jobRow(story({ channel: 'email', phoneNumber: 'a@example.com' }), 'all');
    expect(row).toMatchObject({ contactKind: 'address', channelName: 'E-mail' });
    expect(row.moments.map(({ none }) => none)).toEqual([
      'not yet',
      'not yet',
      'not reported for e-mails',
      'not reported for e-mails',
    ]);
  });

  it('says how much later each moment of its story was, where that says something', () => {
    const { timeline } = jobPage(story({ claimedAt: 49, finishedAt: 2_049 }));
    expect(timeline.map(({ label, later }) => [label, later])).toEqual([
      ['Requested', null],
      ['Claimed', null],
      ['Failed', '2.0\u00a0s'],
    ]);
  });

  it('can be deleted once it has ended', () => {
    expect(jobPage(story()).canDelete).toBe(true);
    expect(jobPage(story({ status: 'pending', finishedAt: null })).canDelete).toBe(false);
  });
});

describe('a new code', () => {
  const words = (state: 'READY' | 'RESTRICTED' | 'DISCONNECTED', waitMs: number | null, paused = false) =>
    waitWords({ state, paused }, waitMs);

  it('would wait as long as the queue says', () => {
    expect(words('READY', 499)).toBe('Not at all');
    expect(words('READY', 90 * SECOND)).toBe('About 2\u00a0min');
    expect(words('RESTRICTED', 0)).toBe('Whoever has written: not at all. Others are refused.');
    expect(words('RESTRICTED', 5 * SECOND)).toBe(
      'Whoever has written: about 5.0\u00a0s. Others are refused.',
    );
  });

  it('would wait for whatever is missing', () => {
    expect(words('DISCONNECTED', 0)).toBe('Until the number is connected');
    expect(words('READY', null)).toBe('Until the number is connected');
    expect(words('READY', 0, true)).toBe('Until sending is resumed');
  });
});

it('the delivery of a time is told in figures, or that there was none', () => {
  const none = {
    sent: 0,
    delivered: 0,
    failed: 0,
    expired: 0,
    deliveryRate: null,
    medianToHandsetMs: null,
  };
  const some = {
    sent: 1_200,
    delivered: 1_000,
    failed: 3,
    expired: 4,
    deliveryRate: 0.98765,
    medianToHandsetMs: 2_300,
  };
  expect(deliveryWindows({ lastHour: none, lastDay: some })).toEqual([
    { label: 'Last hour', rate: null, median: null, text: 'No code was sent.' },
    {
      label: 'Last day',
      rate: '98.8\u00a0%',
      median: '2.3\u00a0s',
      text: '1,200 sent, 1,000 of them delivered; 7 failed or expired.',
    },
  ]);
});

it.each([
  [99, '<\u00a00.1\u00a0s'],
  [9_949, '9.9\u00a0s'],
  [9_950, '10\u00a0s'],
  [59_499, '59\u00a0s'],
  [59_500, '1\u00a0min'],
  [59 * MINUTE, '59\u00a0min'],
  [61 * MINUTE, '1\u00a0h 1\u00a0min'],
  [48 * HOUR, '2\u00a0days'],
])('%i ms are told as "%s"', (ms, words) => {
  expect(durationWords(ms)).toBe(words);
});

describe('a user', () => {
  type Account = Parameters<typeof userPage>[0];
  const account = (changes: Partial<Account> = {}): Account => ({
    id: 'a/b',
    name: 'Asha',
    contract: 'whatsapp',
    phone: '+6281234567801',
    email: null,
    emailVerifiedAt: null,
    profile: {},
    twoFactor: false,
    deactivatedAt: null,
    createdAt: 0,
    updatedAt: 0,
    lastLoginAt: null,
    lastLoginAddress: null,
    lostNumber: null,
    wonNumbers: [],
    hasPassword: true,
    identities: [],
    ...changes,
  });
  const row = (changes: Partial<ListedUser>) => userRow(account(changes));

  it('has a name, or is told by masked contacts', () => {
    expect(row({})).toMatchObject({ title: 'Asha', whose: 'Asha', href: '/admin/users/a%2Fb' });
    expect(row({ name: '' })).toMatchObject({ title: 'Without a name', whose: '+62*********01' });
    expect(row({ phone: null }).contacts).toEqual([]);
  });

  it('signs in with whatever the account has', () => {
    const ways = (changes: Partial<Account>) => userPage(account(changes)).signsInWith;
    expect(ways({})).toBe('Password or code');
    expect(ways({ hasPassword: false })).toBe('Code');
    expect(ways({ twoFactor: true })).toBe('Password, then a code');
    expect(ways({ phone: null, hasPassword: false })).toBe('Nothing');
  });

  it('is told by the contract that was signed up through', () => {
    expect(row({}).signedUp).toBe('WhatsApp contract');
    expect(row({ identities: ['google'] }).signedUp).toBe('WhatsApp contract, Google');
  });
});
