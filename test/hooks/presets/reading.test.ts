import { describe, expect, it } from 'vitest';
import { presetNamed } from '../../../src/hooks/presets/index.js';
import { changed, fixture, requestOf } from '../fixture.js';

function read(name: string, raw: Buffer) {
  const reading = presetNamed(name)?.read(requestOf(raw));
  return reading?.kind === 'codes' ? reading.codes[0] : reading;
}

const NUMBER = '+201001234567';

describe('Ory Kratos', () => {
  const login = fixture('kratos-login');

  it('tells the code of every template, how long it lives and what it is for', () => {
    expect(read('kratos', login)).toMatchObject({
      to: NUMBER,
      code: '204815',
      purpose: 'login_code_valid',
      lifeMs: 15 * 60_000,
    });
    for (const name of ['registration_code', 'verification_code', 'recovery_code']) {
      const told = changed(login, ['template_data'], { identity: { id: 'x' }, [name]: '739201' });
      expect(read('kratos', told)).toMatchObject({ code: '739201', lifeMs: null });
    }
  });

  it('may send its default body, whose codes stand at the top', () => {
    const body = fixture('kratos-verification');
    expect(read('kratos', body)).toMatchObject({ to: NUMBER, code: '773311', lifeMs: null });
    expect(read('kratos', changed(body, ['recipient'], ''))).toMatchObject({ to: NUMBER });
    expect(read('kratos', changed(body, ['verification_code'], null))).toMatchObject({
      reason: 'not_a_code',
    });
  });

  it('sends the same code again under the same key, for another template under another one', () => {
    const { dedupeKey } = read('kratos', login) as { dedupeKey: string };
    const later = changed(login, ['template_data', 'expires_in_minutes'], 14);
    expect(read('kratos', later)).toMatchObject({ dedupeKey });
    expect(read('kratos', changed(login, ['template_type'], 'other'))).not.toMatchObject({ dedupeKey });
  });
});

describe('Authgear', () => {
  const body = fixture('authgear');

  it('tells the code, its template and the language of the person', () => {
    expect(read('authgear', body)).toMatchObject({
      to: NUMBER,
      code: '482910',
      purpose: 'authenticate_primary_oob_sms.txt',
      locale: 'en',
    });
  });

  it('is refused for a link', () => {
    const link = { link: 'https://shop.authgear.cloud/flows/reset_password?code=x', phone: NUMBER };
    const told = changed(body, ['template_variables'], link);
    expect(read('authgear', told)).toMatchObject({ reason: 'not_a_code' });
  });
});

describe('Logto', () => {
  const body = fixture('logto');

  it('tells the code, the language and the address of the person', () => {
    expect(read('logto', body)).toMatchObject({
      to: '201001234567',
      code: '618203',
      purpose: 'SignIn',
      locale: 'en',
      ip: '198.51.100.7',
    });
  });

  it('is refused for an invitation, which is a link', () => {
    const told = changed(body, ['payload'], { link: 'https://app.example.com/invitations/1' });
    expect(read('logto', told)).toMatchObject({ reason: 'not_a_code' });
  });
});

describe('ZITADEL', () => {
  const body = fixture('zitadel');

  it('tells number and code', () => {
    expect(read('zitadel', body)).toMatchObject({
      to: NUMBER,
      code: 'JQ4K7M',
      purpose: 'user.human.phone.code.added',
    });
  });

  it('names no recipient in some versions, and calls the code of a challenge OTP', () => {
    expect(read('zitadel', fixture('zitadel-otp'))).toMatchObject({ to: NUMBER, code: '55019384' });
    const verified = changed(fixture('zitadel-otp'), ['args', 'lastPhone'], '');
    expect(read('zitadel', verified)).toMatchObject({ to: NUMBER });
  });

  it('sends a mail to the address, also where the person has a number', () => {
    const mail = changed(body, ['contextInfo', 'recipientPhoneNumber'], undefined);
    const told = changed(mail, ['contextInfo', 'recipientEmailAddress'], 'lina@example.com');
    expect(read('zitadel', told)).toMatchObject({ to: 'lina@example.com', code: 'JQ4K7M' });
  });
});

describe('authentik', () => {
  it('tells the bare code', () => {
    expect(read('authentik', fixture('authentik'))).toMatchObject({ to: NUMBER, code: '039471' });
  });
});

describe('FusionAuth', () => {
  const body = fixture('fusionauth');

  it('tells number and code, and is known by the user', () => {
    const { dedupeKey } = read('fusionauth', body) as { dedupeKey: string };
    expect(read('fusionauth', body)).toMatchObject({ to: NUMBER, code: '871204' });
    const other = changed(body, ['userId'], '00000000-0000-4000-8000-000000000001');
    expect(read('fusionauth', other)).not.toMatchObject({ dedupeKey });
  });
});

describe('the answer', () => {
  const answer = (
    name: string,
    reason: 'number' | 'limited' | 'unavailable' | 'not_a_code' | 'signature',
  ) => {
    const refusal = {
      kind: 'refused',
      reason,
      code: 'the_code',
      message: 'Why.',
      retryAfterSeconds: 7,
    } as const;
    return presetNamed(name)?.answer(refusal) ?? { status: 0, body: null };
  };
  const statuses = (name: string) =>
    (['signature', 'number', 'limited', 'unavailable', 'not_a_code'] as const).map(
      (reason) => answer(name, reason).status,
    );

  it('is a status for servers that look at nothing else', () => {
    expect(statuses('logto')).toEqual([401, 422, 429, 503, 422]);
    expect(statuses('fusionauth')).toEqual([401, 400, 429, 503, 422]);
    expect(answer('logto', 'limited').body).toEqual({
      message: 'Why.',
      code: 'the_code',
      retryAfterSeconds: 7,
    });
  });

  it('takes what can never be sent from servers with a queue, and says why', () => {
    for (const name of ['kratos', 'zitadel']) {
      expect(statuses(name)).toEqual([401, 200, 429, 503, 200]);
      expect(answer(name, 'number').body).toMatchObject({ message: 'Why.', code: 'the_code' });
    }
  });

  it('is a code of its own for Authgear', () => {
    expect(presetNamed('authgear')?.answer({ kind: 'accepted' }).body).toEqual({ code: 'ok' });
    const codes = (['signature', 'number', 'limited', 'unavailable', 'not_a_code'] as const).map(
      (reason) => (answer('authgear', reason).body as { code: string }).code,
    );
    expect(codes).toEqual([
      'authentication_failed',
      'invalid_phone_number',
      'rate_limited',
      'timeout',
      'unsupported_request',
    ]);
  });

  it('is a text for authentik, which shows it to the person', () => {
    expect(answer('authentik', 'number')).toEqual({ status: 400, body: 'Why.' });
    expect(answer('authentik', 'limited')).toEqual({ status: 429, body: 'Why.' });
  });
});
