import { afterAll, beforeAll, expect, it } from 'vitest';
import { sendBody } from '../../src/api/send-body.js';
import { type Gateway, send, startGateway } from '../http/harness.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const TO = '+201001234567';

/** The documented schema says the shape; whether a number exists and a channel is set up, only the answer. */
it.each<[body: unknown, isTaken: boolean]>([
  [{ phoneNumber: TO }, true],
  [{ phoneNumber: TO, unknown: 1 }, true],
  [{ phoneNumber: TO, route: null, locale: null, ttlSeconds: null, otp: null }, true],
  [{ phoneNumber: TO, route: ['whatsapp'] }, true],
  [{ phoneNumber: TO, route: [] }, false],
  [{ phoneNumber: TO, route: ['whatsapp', 'whatsapp'] }, false],
  [{ phoneNumber: TO, route: ['a', 'b', 'c', 'd'] }, false],
  [{ phoneNumber: TO, route: 'whatsapp' }, false],
  [{ phoneNumber: TO, route: [1] }, false],
  [{ phoneNumber: TO, locale: 'pt-BR' }, true],
  [{ phoneNumber: TO, locale: 1 }, false],
  [{ phoneNumber: TO, ttlSeconds: 60 }, true],
  [{ phoneNumber: TO, ttlSeconds: 3_600 }, true],
  [{ phoneNumber: TO, ttlSeconds: 59 }, false],
  [{ phoneNumber: TO, ttlSeconds: 3_601 }, false],
  [{ phoneNumber: TO, ttlSeconds: 60.5 }, false],
  [{ phoneNumber: TO, ttlSeconds: '60' }, false],
  [{ phoneNumber: TO, otp: '0042' }, true],
  [{ phoneNumber: TO, otp: '0123456789' }, true],
  [{ phoneNumber: TO, otp: '042' }, false],
  [{ phoneNumber: TO, otp: '01234567890' }, false],
  [{ phoneNumber: TO, otp: '٠٠٤٢' }, false],
  [{ phoneNumber: TO, otp: 4_242 }, false],
  [{ phoneNumber: 201001234567 }, false],
  [{ phoneNumber: null }, false],
  [{ phoneNumber: '' }, false],
  [{ phoneNumber: [TO] }, false],
  [{}, false],
  [[], false],
  [null, false],
])('what is validated by hand takes what the document says: %j', async (body, isTaken) => {
  expect(sendBody.safeParse(body).success).toBe(isTaken);
  expect((await send(gateway, body)).status).toBe(isTaken ? 202 : 400);
});
