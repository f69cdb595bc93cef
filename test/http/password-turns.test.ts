import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPasswords } from '../../src/auth/passwords/passwords.js';
import { type Gateway, startGateway } from './harness.js';

const LOGIN = { email: 'asha@example.com', password: 'her password' };
const ATTACKER = '203.0.113.1';

/** What is hashed at the moment goes on until the test lets it end. */
let held: (() => void)[] = [];
let asked: string[] = [];
let gateway: Gateway;

beforeEach(async () => {
  [held, asked] = [[], []];
  const work = () => new Promise<void>((resolve) => held.push(resolve));
  const shared = createPasswords({
    hash: () => work().then(() => 'hash'),
    verify: () => work().then(() => false),
  });
  gateway = await startGateway({
    trustProxy: 1,
    passwords: {
      from(address) {
        asked.push(address);
        return shared.from(address);
      },
    },
  });
});
afterEach(async () => {
  for (const end of held) end();
  await gateway.close();
});

const post = (path: string, from: string, body: object) =>
  fetch(gateway.url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': from },
  });

/** Lets whatever is hashed end, until an answer is there. */
async function finish(answer: Promise<Response>): Promise<Response> {
  let done = false;
  void answer.finally(() => {
    done = true;
  });
  while (!done) {
    held.shift()?.();
    await new Promise(setImmediate);
  }
  return answer;
}

it.each([
  ['/api/auth/login', LOGIN],
  ['/login', LOGIN],
  ['/signup', { ...LOGIN, username: 'asha', phone: '+6281234567890' }],
  [
    '/api/auth-otp/register',
    { ...LOGIN, phone: '+6281234567891', full_name: 'Asha Rao', role: 'farmer', address: 'Street 5, Pune' },
  ],
])('a password at %s counts for the network that it comes from', async (path, body) => {
  await finish(post(path, '2001:db8:1:2::9', body));
  expect(new Set(asked)).toEqual(new Set(['2001:db8:1:2::/64']));
});

it('of 210 log-ins at once from one address six are taken, the rest is told at once to come back; others get in', async () => {
  // The first makes the hash that nobody's password has.
  await finish(post('/login', '203.0.113.3', LOGIN));
  const his = Array.from({ length: 210 }, () => post('/login', ATTACKER, LOGIN));
  const refused: Response[] = [];
  for (const answer of his) {
    void answer.then((response) => {
      if (response.status === 503) refused.push(response);
    });
  }
  while (refused.length < 204) await new Promise(setImmediate);
  expect(held).toHaveLength(2);
  const [first] = refused;
  expect(await first?.json()).toMatchObject({ code: 'too_busy' });
  expect(first?.headers.get('retry-after')).toBe('2');

  for (let n = 0; n < 10; n++) {
    const hers = post('/login', '203.0.113.2', LOGIN);
    // Beside his two.
    while (held.length < 3) await new Promise(setImmediate);
    for (const end of held.splice(2)) end();
    expect((await hers).status).toBe(401);
  }
  expect((await Promise.all(his.map(finish))).filter(({ status }) => status === 401)).toHaveLength(6);
});
