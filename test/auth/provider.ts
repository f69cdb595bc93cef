import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseSetCookie } from 'cookie';
import { type ClientAuthMethod, type Configuration, Provider } from 'oidc-provider';

/** Somebody with an account at the provider. */
export interface Person {
  email: string;
  email_verified: boolean;
  name: string;
}

export const CLIENT = { clientId: 'otp-gateway', clientSecret: 'the-secret-of-the-client-at-the-provider' };

export interface TestProvider {
  issuer: string;
  people: Map<string, Person>;
  /** Changes the claims of the ID tokens that go out from now on. */
  forgeIdTokens(forge: ((claims: Record<string, unknown>) => Record<string, unknown>) | null): void;
  /** Takes requests and does not answer them. */
  hang(on: boolean): void;
  /** How many requests have come to the token endpoint. */
  tokenRequests(): number;
  /** Off the network, and back at the same address. */
  stop(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A real OpenID provider on loopback. In a browser it shows a form that takes any password for a login of `people`,
 * and another one to agree; `signIn` fills them in without one.
 */
export async function startProvider(options: {
  /** A function: asked for at the first request. */
  redirectUri: string | (() => string);
  people?: Record<string, Person>;
  authMethod?: ClientAuthMethod;
  /** As Google does: address and name stand in the ID token, not only where they are asked for. */
  claimsInIdToken?: boolean;
}): Promise<TestProvider> {
  const people = new Map(Object.entries(options.people ?? {}));
  const server = createServer();
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  let forge: ((claims: Record<string, unknown>) => Record<string, unknown>) | null = null;
  let hanging = false;
  let tokenRequests = 0;

  let answer: ReturnType<Provider['callback']> | undefined;
  function answering() {
    const provider = new Provider(issuer, configurationOf(options, people));
    provider.use(async (ctx, next) => {
      if (ctx.path === '/token') tokenRequests++;
      await next();
      const body = ctx.body as { id_token?: string } | undefined;
      if (forge && ctx.path === '/token' && body?.id_token) {
        ctx.body = { ...body, id_token: forged(body.id_token, forge) };
      }
    });
    return provider.callback();
  }
  server.on('request', (req, res) => {
    answer ??= answering();
    if (!hanging) void answer(req, res);
  });

  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    issuer,
    people,
    forgeIdTokens: (change) => {
      forge = change;
    },
    hang: (on) => {
      hanging = on;
    },
    tokenRequests: () => tokenRequests,
    stop,
    resume: () => listen(server, port),
    close: async () => {
      if (server.listening) await stop();
    },
  };
}

function configurationOf(
  { redirectUri, authMethod, claimsInIdToken = true }: Parameters<typeof startProvider>[0],
  people: Map<string, Person>,
): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [typeof redirectUri === 'string' ? redirectUri : redirectUri()],
        ...(authMethod && { token_endpoint_auth_method: authMethod }),
      },
    ],
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: !claimsInIdToken,
    cookies: { keys: ['a key of the tests'] },
    features: { devInteractions: { enabled: true } },
    ttl: { Grant: 3_600, Interaction: 3_600, Session: 3_600, IdToken: 3_600, AccessToken: 3_600 },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  };
}

/** What a browser does from the authorization URL to the callback, whose address (not fetched) it resolves with. */
export async function signIn(authorizationUrl: string, login: string): Promise<string> {
  const jar = new Map<string, string>();
  const callback = new URL(authorizationUrl).searchParams.get('redirect_uri') ?? '';
  let url = authorizationUrl;
  let form: Record<string, string> | null = null;
  for (let hops = 0; hops < 12; hops++) {
    const response: Response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    });
    for (const cookie of response.headers.getSetCookie()) {
      const { name, value = '' } = parseSetCookie(cookie, { decode: String });
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    const page = await response.text();
    form = null;
    if (location) {
      url = new URL(location, url).href;
      if (callback !== '' && url.startsWith(callback)) return url;
    } else {
      const [, action = ''] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
      const [, prompt = ''] = /name="prompt" value="(\w+)"/.exec(page) ?? [];
      if (action === '')
        throw new Error(`the provider shows no form (${response.status}): ${page.slice(0, 500)}`);
      url = new URL(action, url).href;
      form = { prompt, login, password: 'any' };
    }
  }
  throw new Error('the provider sends round in circles');
}

/** The same token with other claims. Its signature is not: what comes straight from the provider is not looked at. */
function forged(token: string, change: (claims: Record<string, unknown>) => Record<string, unknown>): string {
  const [header, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  return [header, Buffer.from(JSON.stringify(change(claims))).toString('base64url'), signature].join('.');
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
