import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.js';
import { BODY, gateway, PATH, useGateway } from './asked.js';
import { API_KEY, send } from './harness.js';
import { exchange, post } from './raw.js';

const REQUIRED = {
  message: 'Bad Request: "phoneNumber" is required in the request body.',
  code: 'phone_number_required',
};

useGateway();

describe('a good request', () => {
  it('is answered with the code, the job and the two times', async () => {
    const response = await send(gateway, { phoneNumber: '+201001234567' });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      message: 'OTP request accepted and has been queued for sending.',
      otp: '0042',
      jobId: 1,
      phoneNumber: '+201001234567',
      otp_expires_at: '2026-01-01T00:05:00.000Z',
      estimated_delivery_seconds: 1,
    });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(gateway.requests).toEqual([
      {
        caller: 'env',
        recipient: '+201001234567',
        requestId: response.headers.get('x-request-id'),
        idempotencyKey: null,
      },
    ]);
  });

  it('may name its encoding, come in pieces, or come compressed', async () => {
    const key = `X-API-KEY: ${API_KEY}`;
    const chunked = BODY.match(/.{1,5}/g)?.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const answers = [
      await send(gateway, BODY, { headers: { 'Content-Type': 'application/json; charset=utf-8' } }),
      await send(gateway, BODY, { headers: { 'Content-Type': 'Application/JSON;charset="UTF-8"' } }),
      await exchange(
        gateway.url,
        post(
          PATH,
          [key, 'Content-Type: application/json', 'Transfer-Encoding: chunked'],
          `${chunked?.join('')}0\r\n\r\n`,
        ),
      ),
      await exchange(
        gateway.url,
        post(PATH, [key, 'Content-Type: application/json', 'Content-Encoding: gzip'], gzipSync(BODY)),
      ),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202]);
  });

  it('carries its idempotency key and the caller down to the code', async () => {
    await send(gateway, { phoneNumber: '+201001234567' }, { headers: { 'Idempotency-Key': 'order-17:try' } });
    expect(gateway.requests[0]).toMatchObject({ caller: 'env', idempotencyKey: 'order-17:try' });
  });
});

describe('the API key', () => {
  const MISSING = {
    message: 'Unauthorized: API Key is missing from headers.',
    code: 'api_key_missing',
    hint: 'Send the API key as "X-API-KEY: …" or as "Authorization: Bearer …".',
  };
  const INVALID = { message: 'Unauthorized: Invalid API Key.', code: 'api_key_invalid' };

  it.each([
    ['no header', [], MISSING],
    ['an empty header', ['X-API-KEY:'], MISSING],
    ['a wrong key', ['X-API-KEY: wrong'], INVALID],
    ['the key and one letter more', [`X-API-KEY: ${API_KEY}x`], INVALID],
    ['the right key twice', [`X-API-KEY: ${API_KEY}`, `X-API-KEY: ${API_KEY}`], INVALID],
    ['an empty and a right one', ['X-API-KEY:', `X-API-KEY: ${API_KEY}`], INVALID],
    ['the key in the query only', [], MISSING],
  ])('%s is refused', async (name, lines, expected) => {
    const path = name.includes('query') ? `${PATH}?X-API-KEY=${API_KEY}&api_key=${API_KEY}` : PATH;
    const answer = await exchange(
      gateway.url,
      post(path, [...lines, 'Content-Type: application/json'], BODY),
    );
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toEqual(expected);
    expect(gateway.requests).toEqual([]);
  });

  it.each([
    ['malformed', '{"phoneNumber":'],
    ['11 kB long', JSON.stringify({ phoneNumber: 'x'.repeat(11_000) })],
    ['without a number', '{}'],
  ])('is checked before a body that is %s', async (_name, body) => {
    const response = await send(gateway, body, { headers: { 'X-API-KEY': 'wrong' } });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(INVALID);
  });
});

describe('the phone number', () => {
  it.each([
    ['an empty object', '{}'],
    ['no body', ''],
    ['null', 'null'],
    ['an array', '["+201001234567"]'],
    ['a string', '"+201001234567"'],
    ['a number', '42'],
    ['null as the number', '{"phoneNumber":null}'],
    ['an empty number', '{"phoneNumber":""}'],
    ['a number that is only inherited', '{"__proto__":{"phoneNumber":"+201001234567"}}'],
  ])('is missing: %s', async (_name, body) => {
    const response = await send(gateway, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual(REQUIRED);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    '',
  ])('is not looked for in a body of type "%s"', async (type) => {
    const response = await send(gateway, BODY, { headers: { 'Content-Type': type } });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({
      message: 'The request body must be JSON, with the header "Content-Type: application/json".',
      code: 'unsupported_media_type',
    });
  });

  it.each([
    ['without +', '201001234567'],
    ['with 00', '00201001234567'],
    ['without +, with spaces', '20 100 123 4567'],
    ['without +, in Arabic digits', '٢٠١٠٠١٢٣٤٥٦٧'],
    ['with a plus inside', '+20+1001234567'],
    ['with letters', '+20100CALLME'],
    ['with the national prefix in brackets', '+20 (0)100 123 4567'],
    ['in superscript digits', '+²⁰¹⁰⁰¹²³⁴⁵⁶⁷'],
    ['with a zero after the plus', '+0201001234567'],
    ['with the national prefix', '+2001001234567'],
    ['too short', '+20100'],
    ['too long', '+2010012345678901'],
    ['too long for its country', '+20100123456789'],
    ['of a country that does not exist', '+999123456789'],
    ['with an extension', '+201001234567;ext=1'],
    ['an array', ['+201001234567']],
    ['a number', 201001234567],
    ['a boolean', true],
    ['an object', { $ne: null }],
    ['an array in an array', [['+201001234567']]],
  ])('is refused: %s', async (_name, phoneNumber) => {
    const response = await send(gateway, { phoneNumber });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      message:
        'Bad Request: Invalid phone number format. Please provide the number in international format starting with + and country code (e.g., +966XXXXXXXXX).',
      code: 'phone_number_invalid',
      ...(typeof phoneNumber !== 'string' && { hint: '"phoneNumber" must be a string.' }),
    });
    expect(gateway.requests).toEqual([]);
  });

  it.each([
    ['white space', ' \n'],
    ['marks that nobody sees', '\u202a\u200b\ufeff\u202c'],
  ])('is missing where there is nothing but %s', async (_name, phoneNumber) => {
    const response = await send(gateway, { phoneNumber });
    expect([response.status, await response.json()]).toEqual([400, REQUIRED]);
  });

  it.each([
    ['with spaces', '+20 100 123 4567'],
    ['with dashes', '+20-100-123-4567'],
    ['with the dashes of word processors', '+20\u2011100\u2013123\u20144567'],
    ['with a soft hyphen', '+20100\u00ad1234567'],
    ['with dots, slashes and brackets', '(+20) 100/123.4567'],
    ['with white space around it', '\u00a0+201001234567\n'],
    ['as a contact list copies it', '\u202a+20 100 123 4567\u202c'],
    ['in Arabic digits', '+٢٠١٠٠١٢٣٤٥٦٧'],
    ['in full-width digits and signs', '＋２０（１００）１２３－４５６７'],
  ])('is the same number: %s', async (_name, phoneNumber) => {
    expect((await send(gateway, { phoneNumber })).status).toBe(202);
    expect(gateway.requests[0]?.recipient).toBe('+201001234567');
  });

  it.each(['+966501234567', '+971501234567', '+4915112345678', '+16502530000', '+5511987654321'])(
    'is taken as it is: %s',
    async (phoneNumber) => {
      expect((await send(gateway, { phoneNumber })).status).toBe(202);
      expect(gateway.requests[0]?.recipient).toBe(phoneNumber);
    },
  );
});

describe('the idempotency key', () => {
  it.each([
    ['empty', ['Idempotency-Key:']],
    ['256 characters long', [`Idempotency-Key: ${'k'.repeat(256)}`]],
    ['with a space', ['Idempotency-Key: a b']],
    ['outside ASCII', ['Idempotency-Key: schlüssel']],
    ['sent twice', ['Idempotency-Key: a', 'Idempotency-Key: a']],
  ])('is refused: %s', async (_name, lines) => {
    const all = [`X-API-KEY: ${API_KEY}`, 'Content-Type: application/json', ...lines];
    const answer = await exchange(gateway.url, post(PATH, all, BODY));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'idempotency_key_invalid' });
    expect(gateway.requests).toEqual([]);
  });

  it('may have 255 characters', async () => {
    const response = await send(gateway, BODY, { headers: { 'Idempotency-Key': '~'.repeat(255) } });
    expect(response.status).toBe(202);
  });

  it.each([
    ['idempotency_key_in_flight', 409],
    ['idempotency_key_reused', 422],
  ] as const)('%s is a %i', async (code, status) => {
    gateway.setIssue(() => Promise.reject(new AppError(code, 'Told to the caller.')));
    const response = await send(gateway, BODY);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message: 'Told to the caller.', code });
  });
});
