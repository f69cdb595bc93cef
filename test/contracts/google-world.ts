import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';
import { CLIENT, type Person, signIn, startProvider, type TestProvider } from '../auth/provider.js';
import type { DATABASES } from '../support/databases.js';
import { type Answer, cookieOf, newEmail, type Product, startProduct } from './harness.js';

/** The callback that a browser was sent to, and the cookie that it brings. */
export interface Return {
  path: string;
  cookie: string;
}

/** The product, a provider in Google's place, and the web site of the client. */
export interface GoogleWorld {
  product: Product;
  provider: TestProvider;
  clientUrl: string;
  /** The product by the name that its PUBLIC_URL has. */
  publicUrl: string;
  /** A login at the provider, for somebody with this address there. */
  person(more?: Partial<Person>): { login: string; email: string };
  /** Signs in at the provider; the callback is not asked for yet. */
  comeBack(login: string): Promise<Return>;
  /** All of it. */
  signIn(login: string): Promise<Answer>;
  expectSignedIn(answer: Answer): void;
  /** Of whom the cookie is that came with this answer. */
  userOf(answer: Answer): Promise<{ id: string; username: string; email: string }>;
  /** To the documented address, without a cookie. */
  expectRefused(answer: Answer): void;
  close(): Promise<void>;
}

/** Of the file, on the database that runs. */
export let world: GoogleWorld;

/** One for all tests of a `describe`. */
export function useGoogleWorld(kind: (typeof DATABASES)[number]): void {
  beforeAll(async () => {
    world = await startGoogleWorld(kind);
  }, 60_000);
  afterAll(() => world?.close());
}

async function startGoogleWorld(kind: (typeof DATABASES)[number]): Promise<GoogleWorld> {
  let publicUrl = '';
  const [provider, client] = await Promise.all([
    startProvider({ redirectUri: () => `${publicUrl}/auth/google/callback` }),
    startClient(),
  ]);
  const product = await startProduct(kind, {
    CLIENT_URL: `${client.url}, https://second.example.test`,
    GOOGLE_ISSUER: provider.issuer,
    GOOGLE_CLIENT_ID: CLIENT.clientId,
    GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
  });
  publicUrl = product.url.replace('127.0.0.1', 'localhost');

  function expectSignedIn(answer: Answer): void {
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(`${client.url}/dashboard?auth=success`);
    expect(cookieOf(answer)).toMatch(/^token=[\w-]+\.[\w-]+\.[\w-]+$/);
  }

  async function comeBack(login: string): Promise<Return> {
    const begun = await product.get('/auth/google');
    const callback = new URL(await signIn(begun.headers.get('location') ?? '', login));
    return { path: `${callback.pathname}${callback.search}`, cookie: cookieOf(begun, 'oauth_state') };
  }

  return {
    product,
    provider,
    clientUrl: client.url,
    publicUrl,
    person({ email = newEmail(), email_verified = true, name = 'Asha Mehta' } = {}) {
      const login = `login-of-${email}`;
      provider.people.set(login, { email, email_verified, name });
      return { login, email };
    },
    comeBack,
    async signIn(login) {
      const { path, cookie } = await comeBack(login);
      return await product.get(path, { cookie });
    },
    expectSignedIn,
    async userOf(answer) {
      expectSignedIn(answer);
      const { body } = await product.get('/protected', { cookie: cookieOf(answer) });
      return body.user as { id: string; username: string; email: string };
    },
    expectRefused(answer) {
      expect(answer.status).toBe(302);
      expect(answer.headers.get('location')).toBe(`${client.url}/login?error=oauth_failed`);
      expect(cookieOf(answer)).toBe('');
    },
    async close() {
      await product.close();
      await Promise.all([provider.close(), client.close()]);
    },
  };
}

/** The web site that the round trip ends at: an empty page for every address. */
async function startClient() {
  const server = createServer((_req, res) => {
    res.setHeader('content-type', 'text/html');
    res.end('<!doctype html><link rel="icon" href="data:,"><title>The client</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
