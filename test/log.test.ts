import { describe, expect, it } from 'vitest';
import { shownJob } from '../src/admin/jobs/shown-job.js';
import { maskContact, maskEmails } from '../src/log.js';

describe('a masked contact', () => {
  it.each([
    ['+201001234567', '+20********67'],
    ['user@example.com', 'us***@e***.com'],
    ['bo@example.com', 'b***@e***.com'],
    ['a.very.long.name+tag@mail.example.co.uk', 'a.***@m***.uk'],
    ['user@localhost', 'us***@l***'],
    ['12', '***'],
  ])('%s is shown as %s', (contact, shown) => {
    expect(maskContact(contact)).toBe(shown);
  });

  it('stands where a list shows the recipient of a job', () => {
    const job = {
      jobId: 1,
      purpose: 'gateway',
      channel: 'email' as const,
      phoneNumber: 'someone@example.org',
      status: 'sent' as const,
      createdAt: 0,
      claimedAt: 0,
      sentAt: 0,
      deliveredAt: null,
      readAt: null,
      expiresAt: 0,
      attempts: 0,
      error: null,
      caller: null,
      retry: 'not_failed' as const,
    };
    expect(shownJob(job).phoneNumber).toBe('so***@e***.org');
  });

  it('takes the place of every address in a text', () => {
    expect(maskEmails('<user@example.com>, "other@example.org": no')).toBe(
      '<us***@e***.com>, "ot***@e***.org": no',
    );
  });

  it.each([
    ['user@example.xn--p1ai was refused', 'us***@e***.xn--p1ai was refused'],
    ["to o'neil/office&co@example.com.", "to o'***@e***.com."],
    ['https://hooks.example.com/a?b', 'https://hooks.example.com/a?b'],
  ])('knows the unusual ones: %s', (text, shown) => {
    expect(maskEmails(text)).toBe(shown);
  });
});
