import { afterAll, beforeAll, expect, it } from 'vitest';
import { reasonOf, type UnavailableCode, unavailable } from '../../src/delivery/unavailable.js';
import { NOT_SENT } from '../../src/openapi/failures.js';
import { type Gateway, send, startGateway } from '../http/harness.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    receivers: { sms: { receive: async () => 'taken', stop: async () => {} } },
  });
});
afterAll(() => gateway.close());

/** What the answers are is judged as in every test; here each of them is seen. */
it.each<UnavailableCode>([...NOT_SENT, 'store_unavailable'])('%s is told with its reason', async (code) => {
  gateway.setIssue(async () => {
    throw unavailable(code, 7);
  });
  const answer = await send(gateway, { phoneNumber: '+201001234567' });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('7');
  expect(await answer.json()).toMatchObject({ code, reason: reasonOf(code), retryAfterSeconds: 7 });
});

it.each(['GET', 'POST'])('a receipt by %s is taken', async (method) => {
  const answer = await fetch(`${gateway.url}/providers/sms/k8Jx2`, { method });
  expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
});
