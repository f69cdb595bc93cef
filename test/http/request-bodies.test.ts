import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BODY, gateway, PATH, useGateway } from './asked.js';
import { API_KEY, send } from './harness.js';
import { exchange, post } from './raw.js';

useGateway();

describe('a body that other platforms write', () => {
  const types = [
    'application/json; charset=utf8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'Application/JSON ; Charset = UTF8',
    'application/json; charset=us-ascii',
    'application/json; charset=',
    'application/json; odata=verbose; charset=utf-8',
    'application/json;',
    'text/json',
    'text/json; charset=utf8',
    'application/vnd.api+json',
    'application/problem+json; charset=utf-8',
  ];

  it.each(types)('is read: %s', async (type) => {
    for (const body of [BODY, `\ufeff${BODY}`]) {
      const lines = [`X-API-KEY: ${API_KEY}`, `Content-Type: ${type}`];
      const plain = await exchange(gateway.url, post(PATH, lines, Buffer.from(body)));
      const zipped = await exchange(
        gateway.url,
        post(PATH, [...lines, 'Content-Encoding: gzip'], gzipSync(body)),
      );
      expect([plain.status, zipped.status]).toEqual([202, 202]);
    }
    expect(gateway.requests.map(({ recipient }) => recipient)).toEqual(Array(4).fill('+201001234567'));
  });

  it('is read as UTF-16 when it says so', async () => {
    const lines = [`X-API-KEY: ${API_KEY}`, 'Content-Type: text/json; charset=utf-16le'];
    expect((await exchange(gateway.url, post(PATH, lines, Buffer.from(BODY, 'utf16le')))).status).toBe(202);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'text/problem+json'])(
    'is none: %s',
    async (type) => {
      const lines = [`X-API-KEY: ${API_KEY}`, `Content-Type: ${type}`];
      const answer = await exchange(gateway.url, post(PATH, lines, BODY));
      expect(answer.status).toBe(415);
      expect(JSON.parse(answer.body)).toMatchObject({
        message: expect.stringContaining('Content-Type: application/json'),
        code: 'unsupported_media_type',
      });
    },
  );

  it('is none without a type, in one piece or in several', async () => {
    const chunk = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
    const key = `X-API-KEY: ${API_KEY}`;
    for (const [lines, body] of [
      [[key], BODY],
      [[key, 'Transfer-Encoding: chunked'], chunk],
    ] as const) {
      const answer = await exchange(gateway.url, post(PATH, [...lines], body));
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([415, 'unsupported_media_type']);
    }
    const none = [
      await exchange(gateway.url, post(PATH, [key], '')),
      await exchange(gateway.url, post(PATH, [key, 'Transfer-Encoding: chunked'], '0\r\n\r\n')),
    ];
    for (const answer of none) {
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'phone_number_required']);
    }
  });
});

describe('a body that cannot be read', () => {
  const key = `X-API-KEY: ${API_KEY}`;
  const json = 'Content-Type: application/json';

  it.each([
    '{"phoneNumber":',
    'phoneNumber=+201001234567',
    '{"phoneNumber":"+201001234567"}}',
    "{'a':1}",
    '\u0000',
  ])('malformed JSON is a 400: %j', async (body) => {
    const response = await send(gateway, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      message: 'Bad Request: the request body is not valid JSON.',
      code: 'malformed_json',
    });
  });

  it('over 10 kB is a 413, whether it says so or not', async () => {
    const long = JSON.stringify({ phoneNumber: '+201001234567', padding: 'x'.repeat(11_000) });
    const chunk = `${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`;
    const answers = [
      await exchange(gateway.url, post(PATH, [key, json], long)),
      await exchange(gateway.url, post(PATH, [key, json, 'Transfer-Encoding: chunked'], chunk)),
      await exchange(gateway.url, post(PATH, [key, json, 'Content-Encoding: gzip'], gzipSync(long))),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(413);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'body_too_large' });
    }
    expect(gateway.requests).toEqual([]);
  });

  it.each([
    ['bytes that are no gzip', ['Content-Encoding: gzip'], 'not gzip'],
    ['an unknown compression', ['Content-Encoding: snappy'], BODY],
    ['an unknown charset', ['Content-Type: application/json; charset=bogus'], BODY],
    ['a charset that is no UTF', ['Content-Type: application/json; charset=latin1'], BODY],
    ['UTF-16 that is none', ['Content-Type: application/json; charset=utf-16'], BODY],
  ])('%s is the caller’s fault', async (_name, lines, body) => {
    const all = lines.some((line) => line.startsWith('Content-Type'))
      ? [key, ...lines]
      : [key, json, ...lines];
    const answer = await exchange(gateway.url, post(PATH, all, body));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.head).toContain('application/json');
    expect(JSON.parse(answer.body)).toEqual({ message: expect.any(String), code: expect.any(String) });
  });

  it('brings nothing down: deep nesting, odd keys, huge numbers', async () => {
    const deep = 4_900;
    for (const body of [
      '['.repeat(deep) + ']'.repeat(deep),
      `{"phoneNumber":${'['.repeat(deep)}${']'.repeat(deep)}}`,
      '{"constructor":{"prototype":{"polluted":1}},"__proto__":{"polluted":1}}',
      '{"phoneNumber":1e999}',
      '{"phoneNumber":{"toString":"x"}}',
      '{"hasOwnProperty":1,"phoneNumber":"+1"}',
      `{"phoneNumber":"${'9'.repeat(10_000)}"}`,
    ]) {
      const response = await send(gateway, body);
      expect(response.status).toBe(400);
      expect(await response.json()).toHaveProperty('code');
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
