import { describe, expect, it } from 'vitest';
import { GETS, POSTS } from './doors.js';
import { CLIENT_URL, cookieOf, newEmail, onBothDatabases, SECOND_CLIENT_URL } from './harness.js';

const FOREIGN = [
  'null',
  'https://evil.example',
  'http://localhost:3000.evil.example',
  'http://localhost:30000',
];
const COOKIE_POSTS = POSTS.filter(({ contract }) => contract === 'cookie');

onBothDatabases({}, (product) => {
  const preflight = (path: string, origin: string, method: string) =>
    product().request('OPTIONS', path, {
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'content-type',
      },
    });

  it.each([...POSTS, ...GETS])('the client may ask before it calls $path', async (door) => {
    const method = 'body' in door ? 'POST' : 'GET';
    expect(
      (await preflight(door.path, SECOND_CLIENT_URL, method)).headers.get('access-control-allow-origin'),
    ).toBe(SECOND_CLIENT_URL);
    const answer = await preflight(door.path, CLIENT_URL, method);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(CLIENT_URL);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('access-control-allow-methods')).toContain(method);
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/content-type/i);
    expect(answer.headers.get('vary')).toMatch(/origin/i);
  });

  it.each([...POSTS, ...GETS])('the client may send whatever headers it names, to $path', async (door) => {
    const method = 'body' in door ? 'POST' : 'GET';
    const ask = async (names: string) =>
      (
        await product().request('OPTIONS', door.path, {
          headers: {
            origin: CLIENT_URL,
            'access-control-request-method': method,
            'access-control-request-headers': names,
          },
        })
      ).headers;
    const named = await ask('content-type,sentry-trace, baggage,x-csrftoken');
    expect(named.get('access-control-allow-headers')).toBe(
      'content-type, sentry-trace, baggage, x-csrftoken',
    );
    expect(named.get('vary')).toMatch(/access-control-request-headers/i);
    const many = await ask(Array.from({ length: 30 }, (_, index) => `x-${index}`).join(','));
    expect(many.get('access-control-allow-headers')?.split(', ')).toHaveLength(20);
    expect((await ask('x ok, x:no, "x", x-yes')).get('access-control-allow-headers')).toBe('x-yes');
  });

  it.each([...POSTS, ...GETS])('nobody else may, at $path', async (door) => {
    for (const origin of FOREIGN) {
      const asked = await preflight(door.path, origin, 'POST');
      const called = await product().request('body' in door ? 'POST' : 'GET', door.path, {
        headers: { origin },
      });
      for (const { headers } of [asked, called]) {
        expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
        expect(headers.get('vary')).toMatch(/origin/i);
      }
    }
  });

  it.each([...POSTS, ...GETS])('failures of $path reach the client, too', async (door) => {
    const answer = await product().request('body' in door ? 'POST' : 'GET', door.path, {
      headers: { origin: CLIENT_URL },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe(CLIENT_URL);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  });

  it.each(['/api/v1/otp/send', '/admin/login', '/admin/api/status', '/healthz'])(
    'the rest of the product is closed to the client: %s',
    async (path) => {
      for (const method of ['OPTIONS', 'GET', 'POST']) {
        const { headers } = await product().request(method, path, { headers: { origin: CLIENT_URL } });
        expect(headers.get('access-control-allow-origin')).toBeNull();
      }
    },
  );

  describe.each(COOKIE_POSTS)('POST $path', ({ path, body }) => {
    const post = (headers: Record<string, string>) => product().post(path, body?.() ?? {}, { headers });

    it.each([
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'http://localhost:30000', 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[])('is not for pages of other sites: %j', async (headers) => {
      const answer = await post(headers);
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual({ success: false, error: expect.any(String), code: 'csrf_token_invalid' });
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    it('is for the client, for own pages, and for programs', async () => {
      for (const headers of [
        {},
        { origin: CLIENT_URL },
        { origin: CLIENT_URL, 'sec-fetch-site': 'same-site' },
        { origin: CLIENT_URL, 'sec-fetch-site': 'cross-site' },
        { origin: SECOND_CLIENT_URL, 'sec-fetch-site': 'cross-site' },
        { origin: product().url },
        { origin: product().url, 'sec-fetch-site': 'same-origin' },
        { 'sec-fetch-site': 'none' },
      ] as Record<string, string>[]) {
        expect([headers, (await post(headers)).status]).not.toContain(403);
      }
    });
  });

  it('a logout that another site asked for has not happened', async () => {
    const person = { email: newEmail(), password: 'Test123!', username: 'johndoe' };
    await product().post('/signup', person);
    const otp = await product().codeFor(person.email);
    const cookie = cookieOf(await product().post('/verify-otp', { email: person.email, otp }));
    const foreign = await product().post(
      '/logout',
      {},
      { headers: { cookie, origin: 'https://evil.example' } },
    );
    expect(foreign.status).toBe(403);
    expect((await product().get('/protected', { cookie })).status).toBe(200);
  });
});
