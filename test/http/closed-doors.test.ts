import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SenderStatus } from '../../src/channels/sender.js';
import { type Gateway, startGateway } from './harness.js';

const PHONE = '+201001234567';
const PERSON = { email: 'asha@example.org', password: 'correct horse' };
const DETAIL = 'The connection was lost: ECONNREFUSED 10.1.2.3:443.';

/** What asks for a code in each contract, and where its answers have their sentence. */
const DOORS: [path: string, body: object, sentence: 'message' | 'error', rest: object][] = [
  ['/api/users/register', { phoneNumber: PHONE, name: 'Asha' }, 'message', {}],
  [
    '/api/auth-otp/register',
    { ...PERSON, full_name: 'Asha Rao', role: 'farmer', phone: PHONE },
    'message',
    { success: false },
  ],
  [
    '/api/auth/register/start',
    { email: PERSON.email, firstName: 'Asha', lastName: 'Rao', phone: PHONE },
    'message',
    { success: false },
  ],
  ['/signup', { ...PERSON, username: 'asha', phone: PHONE }, 'error', { success: false }],
];

let gateway: Gateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.close());

const lost = (change: Partial<SenderStatus>) => ({ openSince: null, detail: DETAIL, ...change });
const inAnHour = () => gateway.clock.now() + 3_600_000;

describe('people who sign up while no code can go out', () => {
  it.each<[string, number, () => Partial<SenderStatus>]>([
    [
      'sender_restricted',
      3_600,
      () => ({ state: 'RESTRICTED', restricted: true, restrictedUntil: inAnHour() }),
    ],
    [
      'sender_disconnected',
      3_600,
      () => lost({ state: 'DISCONNECTED', givenUp: true, nextAttemptAt: inAnHour() }),
    ],
    // Banned, not paired, logged out: one sentence, and one code.
    ['sender_unavailable', 60, () => lost({ state: 'BANNED', need: 'banned' })],
    ['sender_unavailable', 60, () => lost({ state: 'DISCONNECTED', need: 'retries_exhausted' })],
  ])('are told a sentence of their own, and their app %s', async (code, retryAfterSeconds, change) => {
    gateway.changeStatus(change());
    for (const [path, body, sentence, rest] of DOORS) {
      const answer = await request(gateway.url).post(path).send(body);
      expect([path, answer.status, answer.body]).toEqual([
        path,
        503,
        {
          ...rest,
          [sentence]: expect.stringMatching(/^No codes? can be sent .* at the moment\. .*\.$/),
          code,
          retryAfterSeconds,
        },
      ]);
      expect(answer.headers['retry-after']).toBe(String(retryAfterSeconds));
    }
  });
});
