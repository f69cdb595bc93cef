import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { retryAt } from '../../src/webhooks/lane/schedule.js';
import { newSecret, signedHeaders } from '../../src/webhooks/signing.js';

const HOUR_MS = 3_600_000;

it('a retry follows the schedule of Standard Webhooks until a day is over', () => {
  const waits: number[] = [];
  let now = 0;
  for (let attempts = 1; ; attempts++) {
    const at = retryAt({ attempts, wantedAt: 0, retryAfterMs: 0 }, now, 0);
    if (at === null) break;
    waits.push((at - now) / 1_000);
    now = at;
  }
  expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000]);
  expect(now).toBeLessThan(24 * HOUR_MS);
});

it('jitter makes waits longer by a tenth at the most, and Retry-After counts where it is longer', () => {
  expect(retryAt({ attempts: 1, wantedAt: 0, retryAfterMs: 0 }, 0, 1)).toBe(5_500);
  expect(retryAt({ attempts: 1, wantedAt: 0, retryAfterMs: 3_000 }, 0, 0)).toBe(5_000);
  expect(retryAt({ attempts: 1, wantedAt: 0, retryAfterMs: 90_000 }, 0, 0)).toBe(90_000);
  expect(retryAt({ attempts: 1, wantedAt: 0, retryAfterMs: 25 * HOUR_MS }, 0, 0)).toBeNull();
});

it('a signature is that of the vector, and one of each secret', () => {
  const [secret, body] = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '{"test": 2432232314}'];
  const headers = signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999, body, [secret]);
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
  const [first, second] = [newSecret(), newSecret()];
  const both = signedHeaders('msg_1', Date.now(), body, [first, second]);
  for (const each of [first, second])
    expect(new Webhook(each).verify(body, both)).toEqual({ test: 2432232314 });
  expect(() => new Webhook(newSecret()).verify(body, both)).toThrow('No matching signature found');
});
