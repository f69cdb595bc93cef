import { describe, expect, it } from 'vitest';
import { supabase } from '../../src/hooks/presets/supabase.js';
import { changed, fixture, requestOf } from './fixture.js';

const read = (raw: Buffer) => supabase.read(requestOf(raw));
const UUID = '8f0e6f7c-2f0c-4d0e-9d3f-2d5b6c1f5a10';

describe('the Send SMS hook', () => {
  const body = fixture('supabase-sms');

  it('tells number, code and the address of the person', () => {
    expect(read(body)).toEqual({
      kind: 'codes',
      codes: [
        { to: '201001234567', code: '561166', dedupeKey: `${UUID} 0`, purpose: null, ip: '198.51.100.7' },
      ],
    });
  });

  it('sends to the new number, and to that of the user where an older version names none', () => {
    expect(read(changed(body, ['sms', 'phone'], '+201112345678'))).toMatchObject({
      codes: [{ to: '+201112345678' }],
    });
    expect(read(changed(body, ['sms', 'phone'], undefined))).toMatchObject({
      codes: [{ to: '201001234567' }],
    });
  });

  it('is refused without a code or a number', () => {
    expect(read(changed(body, ['sms', 'otp'], ''))).toMatchObject({ reason: 'unreadable' });
    expect(read(changed(changed(body, ['sms', 'phone'], ''), ['user', 'phone'], ''))).toMatchObject({
      reason: 'unreadable',
    });
    for (const other of ['null', '[]', '"text"', '{}']) {
      expect(read(Buffer.from(other))).toMatchObject({ kind: 'refused', reason: 'unreadable' });
    }
  });
});

describe('the Send Email hook', () => {
  it('tells the one-time code', () => {
    expect(read(fixture('supabase-email'))).toMatchObject({
      codes: [{ to: 'lina@example.com', code: '305805', purpose: 'magiclink' }],
    });
  });

  it('has a code for each address when one is changed', () => {
    const body = fixture('supabase-email-change');
    expect(read(body)).toMatchObject({
      codes: [
        { to: 'lina@example.com', code: '111111', dedupeKey: expect.stringMatching(/ 0$/) },
        { to: 'lina@example.org', code: '222222', dedupeKey: expect.stringMatching(/ 1$/) },
      ],
    });
    // Without the secure change there is one, for the new address.
    expect(read(changed(body, ['email_data', 'token_new'], ''))).toMatchObject({
      codes: [{ to: 'lina@example.org', code: '111111' }],
    });
  });

  it('refuses mails without a code', () => {
    expect(read(changed(fixture('supabase-email'), ['email_data', 'token'], ''))).toMatchObject({
      reason: 'not_a_code',
    });
  });
});

it('refusals reach the person, except for those that only the setup can cause', () => {
  const refuse = (reason: 'limited' | 'signature') =>
    supabase.answer({ kind: 'refused', reason, code: 'any', message: 'Why.', retryAfterSeconds: null });
  expect(supabase.answer({ kind: 'accepted' })).toEqual({ status: 200, body: {} });
  expect(refuse('limited')).toEqual({ status: 200, body: { error: { http_code: 429, message: 'Why.' } } });
  expect(refuse('signature')).toEqual({ status: 401, body: { error: { http_code: 401, message: 'Why.' } } });
});
