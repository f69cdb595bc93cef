import { expect, it } from 'vitest';
import { gateway, useGateway } from './asked.js';
import { send } from './harness.js';

useGateway();

const TO = { phoneNumber: '+201001234567' };

it('a code may have a route, a language, a life and digits of its own', async () => {
  const wish = { route: ['whatsapp'], locale: 'pt-br', ttlSeconds: 60, otp: '0042424242' };
  expect((await send(gateway, { ...TO, ...wish })).status).toBe(202);
  expect(gateway.requests[0]).toEqual({
    caller: 'env',
    recipient: TO.phoneNumber,
    wish: { route: ['whatsapp'], locale: 'pt-BR', ttlMs: 60_000, otp: '0042424242' },
    requestId: expect.any(String),
    idempotencyKey: null,
  });
  await send(gateway, { ...TO, route: null, locale: null, ttlSeconds: null, otp: null });
  expect(gateway.requests[1]).not.toHaveProperty('wish');
});

it.each([
  ['route', []],
  ['route', 'whatsapp'],
  ['route', ['whatsapp', 'whatsapp']],
  ['route', ['whatsapp', 'sms']],
  ['route', ['email']],
  ['route', ['whatsapp', 7]],
  ['route', ['constructor']],
  ['route', Array(40).fill('whatsapp')],
  ['locale', 'en_US'],
  ['locale', 7],
  ['ttlSeconds', 59],
  ['ttlSeconds', 3_601],
  ['ttlSeconds', '60'],
  ['ttlSeconds', 60.5],
  ['otp', '123'],
  ['otp', '12345678901'],
  ['otp', '١٢٣٤'],
  ['otp', 123_456],
  ['otp', { length: 4 }],
])('a bad %s is named: %j', async (field, value) => {
  const response = await send(gateway, { ...TO, [field]: value });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    message: expect.stringContaining(`Bad Request: "${field}" `),
    code: 'bad_request',
  });
  expect(gateway.requests).toEqual([]);
});
