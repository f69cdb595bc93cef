import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, claimsOf, onBothDatabases, type Product } from './harness.js';
import { cookieUser, type Person, phoneUser, twoFactorToken, twoFactorUser, whatsappUser } from './people.js';

type Contract = 'phone' | 'whatsapp' | 'two-factor' | 'cookie';
type Holder = Person & { token: string };

const CONTRACTS: Contract[] = ['phone', 'whatsapp', 'two-factor', 'cookie'];

/** What a token opens; the phone contract documents nothing. */
const DOORS: { contract: Contract; name: string; open(product: Product, token: string): Promise<Answer> }[] =
  [
    { contract: 'whatsapp', name: 'GET /api/users/me', open: bearer('/api/users/me') },
    { contract: 'two-factor', name: 'GET /api/auth/me', open: bearer('/api/auth/me') },
    {
      contract: 'cookie',
      name: 'GET /protected',
      open: (product, token) => product.get('/protected', { cookie: `token=${token}` }),
    },
    {
      contract: 'cookie',
      name: 'POST /',
      open: (product, token) => product.post('/', undefined, { headers: { cookie: `token=${token}` } }),
    },
  ];

function bearer(path: string) {
  return (product: Product, token: string) => product.get(path, { authorization: `Bearer ${token}` });
}

const NO_TOKEN = 'Authentication required. Please login.';
const isOpen = ({ status, body }: Answer) => status === 200 && body.status !== false;

/** As documented for a token that is not good. */
function expectRefused(name: string, answer: Answer): void {
  const text = 'Invalid or expired token';
  // A cookie that is empty, or that the browser would not send, is none.
  const ofCookie = answer.body.message === NO_TOKEN ? NO_TOKEN : `${text}. Please login again.`;
  const message = name === 'GET /protected' ? ofCookie : text;
  const code = message === NO_TOKEN ? 'token_missing' : 'token_invalid';
  const refusal = name === 'POST /' ? [200, { status: false }] : [401, { success: false, message, code }];
  expect([answer.status, answer.body]).toEqual(refusal);
}

async function holders(product: Product): Promise<Record<Contract, Holder>> {
  const cookie = await cookieUser(product);
  const two = await twoFactorUser(product);
  return {
    phone: await phoneUser(product),
    whatsapp: await whatsappUser(product),
    'two-factor': { ...two, token: await twoFactorToken(product, two) },
    cookie: { ...cookie, token: cookie.cookie.slice('token='.length) },
  };
}

const JWT = { alg: 'HS256', typ: 'JWT' };
const ATTACKER = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: object, claims: object) => `${encoded(header)}.${encoded(claims)}`;

function signed(header: object, claims: object, secret: string | Buffer, hash = 'sha256'): string {
  const text = unsigned(header, claims);
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
}

/** From a token that is good, and the secret that only those have whose forgery is about something else. */
const FORGERIES: [name: string, make: (token: string, secret: string) => string][] = [
  ['a token without a signature', (token) => `${token.split('.').slice(0, 2).join('.')}.`],
  ['"none"', (token) => `${unsigned({ alg: 'none', typ: 'JWT' }, claimsOf(token))}.`],
  [
    '"None" over a signature that is right',
    (token) => `${unsigned({ alg: 'None', typ: 'JWT' }, claimsOf(token))}.${token.split('.')[2]}`,
  ],
  ['an empty secret', (token) => signed(JWT, claimsOf(token), '')],
  ['another secret', (token) => signed(JWT, claimsOf(token), 'your-super-secret-jwt-key')],
  [
    'a key named in its own header',
    (token) =>
      signed({ ...JWT, kid: '../../../../dev/null', jku: 'http://127.0.0.1:9/' }, claimsOf(token), ''),
  ],
  [
    'a signature by its own key',
    (token) => {
      const text = unsigned({ alg: 'RS256', typ: 'JWT', jwk: { kty: 'oct', k: '' } }, claimsOf(token));
      return `${text}.${createSign('sha256').update(text).sign(ATTACKER.privateKey, 'base64url')}`;
    },
  ],
  ['a public key as a secret', (token) => signed(JWT, claimsOf(token), ATTACKER.publicKey)],
  [
    'other claims under the old signature',
    (token) => `${unsigned(JWT, { ...claimsOf(token), exp: 9_999_999_999 })}.${token.split('.')[2]}`,
  ],
  [
    'another algorithm',
    (token, secret) => signed({ ...JWT, alg: 'HS512' }, claimsOf(token), secret, 'sha512'),
  ],
  ['another type', (token, secret) => signed({ ...JWT, typ: 'at+jwt' }, claimsOf(token), secret)],
  ['an end long past', (token, secret) => signed(JWT, { ...claimsOf(token), exp: 1 }, secret)],
  ['no end', (token, secret) => signed(JWT, { ...claimsOf(token), exp: undefined }, secret)],
  [
    'another issuer',
    (token, secret) => signed(JWT, { ...claimsOf(token), iss: 'https://evil.example' }, secret),
  ],
  ['all audiences', (token, secret) => signed(JWT, { ...claimsOf(token), aud: CONTRACTS }, secret)],
  ['no id', (token, secret) => signed(JWT, { ...claimsOf(token), jti: undefined }, secret)],
  ['another epoch', (token, secret) => signed(JWT, { ...claimsOf(token), jti: '1.x' }, secret)],
  ['an id with a NUL', (token, secret) => signed(JWT, { ...claimsOf(token), jti: '0.\0' }, secret)],
  ['no text at all', () => ''],
  ['dots', () => '..'],
  ['9 kB', () => 'x'.repeat(9_000)],
];

onBothDatabases({}, (product) => {
  const secret = () => product().env.JWT_SECRET ?? '';
  let people: Record<Contract, Holder>;
  beforeAll(async () => {
    people = await holders(product());
  });

  describe.each(DOORS)('$name', ({ contract, name, open }) => {
    it('opens to the tokens of its own contract only', async () => {
      expect(isOpen(await open(product(), people[contract].token))).toBe(true);
      for (const other of CONTRACTS.filter((each) => each !== contract)) {
        expectRefused(name, await open(product(), people[other].token));
      }
    });

    it('opens to what we would have signed ourselves: the forgeries below fail for their own reason', async () => {
      const token = signed(JWT, claimsOf(people[contract].token), secret());
      expect(isOpen(await open(product(), token))).toBe(true);
    });

    it.each(FORGERIES)('does not open to %s', async (_forgery, make) => {
      const answer = await open(product(), make(people[contract].token, secret()));
      expectRefused(name, answer);
    });

    it('does not open to the token in another place', async () => {
      const { token } = people[contract];
      for (const [path, headers] of [
        [`/api/users/me?token=${token}&access_token=${token}`, {}],
        [`/api/auth/me?token=${token}&access_token=${token}`, {}],
        [`/protected?token=${token}`, { authorization: `Bearer ${token}` }],
        ['/api/users/me', { 'x-access-token': token, cookie: `token=${token}` }],
        ['/api/auth/me', { authorization: `Basic ${token}`, cookie: `token=${token}` }],
      ] as const) {
        expect((await product().get(path, headers as Record<string, string>)).status).toBe(401);
      }
    });
  });
});
