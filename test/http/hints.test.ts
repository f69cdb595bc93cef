import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meantBy } from '../../src/http/requests/field-names.js';
import { API_KEY, type Gateway, startGateway } from './harness.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ sends: true });
});
afterAll(() => gateway.close());

const JSON_BODY = { 'content-type': 'application/json' };
const STRICT = { 'X-Strict': 'true' };

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const init = {
    method: 'POST',
    headers: { 'X-API-KEY': API_KEY, ...JSON_BODY, ...headers },
    body: JSON.stringify(body),
  };
  const answer = await fetch(gateway.url + path, init);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const send = (body: unknown, headers = {}) => post('/api/v1/otp/send', body, headers);

describe('a hint stands beside the documented message', () => {
  it.each(['phone', 'to', 'phone_number', 'phonenumber', 'PhoneNumber', 'PHONE', 'Phone-Number', 'TO'])(
    'where the number is called %s',
    async (name) => {
      expect(await send({ [name]: '+201001234567' })).toEqual({
        status: 400,
        body: {
          message: 'Bad Request: "phoneNumber" is required in the request body.',
          code: 'phone_number_required',
          hint: `The body has "${name}": did you mean phoneNumber?`,
        },
      });
    },
  );

  it('where its name is as long as a body may be, without all of it', async () => {
    const { body } = await send({ [`phone${' '.repeat(9_000)}`]: '+201001234567' });
    expect(body.hint).toBe(`The body has "phone${' '.repeat(35)}…": did you mean phoneNumber?`);
  });

  it.each([201_001_234_567, ['+201001234567'], { number: '+201001234567' }, true, false])(
    'where the number is %j',
    async (phoneNumber) => {
      const { status, body } = await send({ phoneNumber });
      expect([status, body.code, body.hint]).toEqual([
        400,
        'phone_number_invalid',
        '"phoneNumber" must be a string.',
      ]);
    },
  );

  it.each([{}, { name: 'x' }, { phoneNumber: '' }, null])('and none for %j', async (body) => {
    const answer = await send(body);
    expect(answer.body).toEqual({ message: expect.any(String), code: 'phone_number_required' });
  });

  it('where the key is missing', async () => {
    const answer = await fetch(`${gateway.url}/api/v1/otp/1`);
    expect(await answer.json()).toEqual({
      message: 'Unauthorized: API Key is missing from headers.',
      code: 'api_key_missing',
      hint: expect.stringContaining('X-API-KEY'),
    });
  });

  it('for verifications, too', async () => {
    const named = await post('/api/v1/verifications', { phoneNumber: '+201001234567' });
    expect(named.body.hint).toBe('The body has "phoneNumber": did you mean to?');
    const number = await post('/api/v1/verifications', { to: 201_001_234_567 });
    expect(number.body.hint).toBe('"to" must be a string.');
    const code = await post('/api/v1/verifications/check', { to: '+201001234567', otp: '123456' });
    expect(code.body.hint).toBe('The body has "otp": did you mean code?');
  });

  it.each([
    ['/api/users/login', { phone: '+919812345678' }, 'did you mean phoneNumber?'],
    ['/api/auth-otp/request-login', { phoneNumber: '+919812345678' }, 'did you mean phone?'],
    ['/api/auth-otp/verify-login', { phone: '+919812345678', code: '123456' }, 'did you mean otp?'],
    ['/resend-otp', { mail: 'a@example.com' }, 'did you mean email?'],
    ['/api/users/login', { phoneNumber: 919_812_345_678 }, '"phoneNumber" must be a string.'],
  ])('at %s, for %j', async (path, body, hint) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.hint).toContain(hint);
  });
});

describe('unknown fields', () => {
  it('are ignored, and refused by name where the request asks for that', async () => {
    const body = { phoneNumber: '+201001234567', ttl: 60, colour: 'blue' };
    expect((await send(body)).status).toBe(202);
    expect((await send(body, { 'X-Strict': 'false' })).status).toBe(202);
    expect(await send(body, STRICT)).toEqual({
      status: 400,
      body: {
        message: 'Bad Request: "ttl" is no field of this request.',
        code: 'fields_invalid',
        errors: [
          { field: 'ttl', message: '"ttl" is no field of this request' },
          { field: 'colour', message: '"colour" is no field of this request' },
        ],
        hint: 'The body has "ttl": did you mean ttlSeconds?',
      },
    });
    expect((await send({ phoneNumber: '+201001234567' }, STRICT)).status).toBe(202);
  });

  it.each([
    ['/api/v1/otp/send', {}, 'phone_number_required'],
    ['/api/v1/otp/send', { phoneNumber: '12' }, 'phone_number_invalid'],
    ['/api/v1/otp/send', { phoneNumber: '+201001234567', ttlSeconds: 'x' }, 'bad_request'],
    ['/api/v1/verifications', {}, 'fields_invalid'],
    ['/api/v1/verifications/check', { to: 7 }, 'fields_invalid'],
    ['/api/v1/webhooks', {}, 'fields_invalid'],
    ['/api/users/login', {}, 'fields_invalid'],
    ['/api/auth-otp/request-login', { phone: 'x' }, 'fields_invalid'],
    ['/login', {}, 'credentials_missing'],
  ])('are so at %s for %j before anything else is checked', async (path, body, otherwise) => {
    const unknown = await post(path, { ...body, colour: 'blue' }, STRICT);
    expect([unknown.status, unknown.body.code]).toEqual([400, 'fields_invalid']);
    expect(JSON.stringify(unknown.body)).toContain('colour');
    const ignored = await post(path, { ...body, colour: 'blue' });
    expect([ignored.status, ignored.body.code]).toEqual([400, otherwise]);
    expect(JSON.stringify(ignored.body)).not.toContain('colour');
  });

  it('may be what was meant by a missing one', async () => {
    const { body } = await send({ phone: '+201001234567' }, STRICT);
    expect(body).toMatchObject({
      code: 'fields_invalid',
      errors: [{ field: 'phone', message: '"phone" is no field of this request' }],
      hint: 'The body has "phone": did you mean phoneNumber?',
    });
  });

  it('are so in verifications', async () => {
    const body = { to: '+201001234567', registration: 'x' };
    expect((await post('/api/v1/verifications', body, STRICT)).body.errors).toEqual([
      { field: 'registration', message: expect.any(String) },
    ]);
    expect((await post('/api/v1/verifications', { to: body.to, channel: null }, STRICT)).status).toBe(201);
  });

  it.each([
    ['/api/users/login', { phoneNumber: '+919812345678' }],
    ['/login', { email: 'a@example.com', password: 'x' }],
    ['/account/forgot', { email: 'a@example.com' }],
  ])('are so at %s, in its own shape', async (path, body) => {
    const known = await post(path, { ...body, challenge: 'x', captcha: 'x' }, STRICT);
    const { status } = await post(path, { ...body, challenge: 'x', captcha: 'x' });
    expect(known.status).toBe(status);
    const unknown = await post(path, { ...body, colour: 'blue' }, STRICT);
    expect([unknown.status, unknown.body.code]).toEqual([400, 'fields_invalid']);
    expect(JSON.stringify(unknown.body)).toContain('colour');
  });
});

it('a body of another type is 400 in a contract, and says what to send', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of ['/api/users/login', '/signup', '/account/forgot']) {
    const answer = await fetch(gateway.url + path, { method: 'POST', headers, body: 'email=a@example.com' });
    const text = await answer.text();
    expect([path, answer.status]).toEqual([path, 400]);
    expect(text).toContain('Content-Type: application/json');
    expect(JSON.parse(text).code).toBe('unsupported_media_type');
  }
});

it.each([
  ['phone', ['to', 'code'], 'to'],
  ['ttl', ['ttlSeconds'], 'ttlSeconds'],
  ['client_ip', ['clientIp'], 'clientIp'],
  ['colour', ['phoneNumber'], null],
  ['__proto__', ['phoneNumber'], null],
])('%s among %j is %s', (given, fields, meant) => {
  expect(meantBy(given, fields)).toBe(meant);
});
