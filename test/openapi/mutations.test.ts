import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTokens } from '../../src/auth/tokens.js';
import type { Operation } from '../../src/openapi/operation.js';
import { surfacesOf } from '../../src/openapi/operations/index.js';
import { DEFAULT_SETTINGS } from '../../src/openapi/settings.js';
import { sidsOf } from '../../src/twilio/sids.js';
import { API_KEY, type Gateway, startGateway } from '../http/harness.js';
import { addUsers, user } from '../http/users.js';
import { createJudge } from '../support/answers/documented.js';
import { JWT_SECRET } from '../support/secrets.js';
import { mutationsOf } from './mutated.js';
import { openThings, type Things } from './things.js';

const surfaces = surfacesOf(DEFAULT_SETTINGS);
const judge = createJudge(surfaces);
const operations = surfaces.flatMap((surface) => surface.operations);

let gateway: Gateway;
let token: string;
let things: Things;
beforeAll(async () => {
  gateway = await startGateway({ rateLimitPerMinute: 1_000_000 });
  await addUsers(gateway, user({ password_hash: null }));
  const { store, clock } = gateway;
  const settings = { store, clock, secret: JWT_SECRET, issuer: 'whatsapp-otp', lifeMs: 3_600_000 };
  token = await createTokens({ ...settings, contract: 'whatsapp' }).issue({ id: 'asha', token_epoch: 0 });
  things = await openThings(gateway);
});
afterAll(() => gateway.close());

/** With whatever opens the door, so that what is behind it is reached. */
function headersOf({ id, security }: Operation): Record<string, string> {
  const basic = Buffer.from(`${sidsOf('env').account}:${API_KEY}`).toString('base64');
  return {
    ...((security.includes('apiKey') || security.length === 0) && { 'X-API-KEY': API_KEY }),
    ...(security.includes('token') && { Authorization: `Bearer ${token}` }),
    ...(id === 'callHook' && { Authorization: things.hookAuthorization }),
    ...(security.includes('basic') && { Authorization: `Basic ${basic}` }),
  };
}

/** What is wrong with the answer; empty: nothing. */
async function wrongWith(operation: Operation, at: string, init: RequestInit): Promise<string[]> {
  const method = operation.method.toUpperCase();
  const headers = { ...headersOf(operation), ...(init.headers as Record<string, string>) };
  const answer = await fetch(`${gateway.url}${at}`, { ...init, method, headers, redirect: 'manual' });
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  const text = await answer.text();
  const judged = judge({ method, path: at.split('?')[0] ?? '', status: answer.status, type, text });
  const undocumented = judged.kind === 'mistake' ? [judged.why] : [`${method} ${at} is not documented`];
  // This world has no mail server.
  const isOurFault = answer.status >= 500 && !text.includes('"email_unavailable"');
  return [
    ...(isOurFault ? [`${method} ${at} answered ${answer.status} ${text}`] : []),
    ...(judged.kind === 'documented' ? [] : undocumented),
  ];
}

function pathOf({ id, path, parameters = [] }: Operation, change: Record<string, string> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const sample = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.sample;
    return change[name] ?? things.at(id, name) ?? sample ?? 'x';
  });
}

const BEHIND_DOORS = [
  'callHook',
  'twilioStartVerification',
  'checkVerification',
  'changeWebhook',
  'cancelOtp',
];

it.each(operations.filter(({ id }) => BEHIND_DOORS.includes(id)))(
  '$id: its sample is behind the door, and so are its mutations',
  async (operation) => {
    const { method, body } = operation;
    const type = body?.type ?? 'application/json';
    const fields = body?.sample as Record<string, string> | undefined;
    const answer = await fetch(gateway.url + pathOf(operation), {
      method: method.toUpperCase(),
      headers: { ...headersOf(operation), ...(body && { 'Content-Type': type }) },
      ...(body && { body: type.endsWith('json') ? JSON.stringify(fields) : new URLSearchParams(fields) }),
    });
    expect([200, 201]).toContain(answer.status);
  },
);

it.each(operations.filter(({ body }) => body))(
  '$id: no body is answered with a 5xx, or otherwise than documented',
  async (operation) => {
    const mutations = operation.body ? mutationsOf(operation.body) : [];
    expect(mutations.length).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const { name, type, text } of mutations) {
      const found = await wrongWith(operation, pathOf(operation), {
        body: text,
        headers: { 'Content-Type': type },
      });
      wrong.push(...found.map((each) => `${name}: ${each}`));
    }
    expect(wrong).toEqual([]);
  },
);

const ODD = ['%zz', '%00', '-1', '1e9', "'--", 'a'.repeat(2_000), '%F0%9F%A6%86', '__proto__'];

it.each(operations)('$id: neither is an odd address or header', async (operation) => {
  const { parameters = [] } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  const inQuery = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const addresses = [
    ...inPath.flatMap((name) => ODD.map((value) => pathOf(operation, { [name]: value }))),
    ...[...inQuery, 'unknown'].flatMap((name) =>
      [...ODD, ''].map((value) => `${pathOf(operation)}?${name}=${value}&${name}=${value}`),
    ),
  ];
  const odd = {
    'X-Client-Address': 'nowhere',
    'Idempotency-Key': 'a b',
    Cookie: 'token=%zz; client=%00',
    Origin: 'null',
  };
  const wrong = await wrongWith(operation, pathOf(operation), { headers: odd });
  for (const address of addresses) wrong.push(...(await wrongWith(operation, address, {})));
  expect(wrong).toEqual([]);
});
