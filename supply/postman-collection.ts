import type { Document, DocumentedOperation } from '../src/openapi/document.js';

/** A collection in Postman's format 2.1.0, as far as this one needs it. */
export interface Collection {
  info: { name: string; description: string; schema: string };
  variable: { key: string; value: string }[];
  item: { name: string; description: string; item: Item[] }[];
}

interface Item {
  name: string;
  event: { listen: 'test'; script: { type: 'text/javascript'; exec: string[] } }[];
  request: {
    method: string;
    url: string;
    description: string;
    header: { key: string; value: string }[];
    auth?: object;
    body?: object;
  };
  protocolProfileBehavior?: { followRedirects: false };
  response: never[];
}

interface Place {
  path: string;
  method: string;
  operation: DocumentedOperation;
}

const HOW = `Every request of the API, in the order of /docs.

Set \`baseUrl\` and \`apiKey\`. Ids and tokens of answers are kept for the requests that come after; the cookie contract keeps its cookie by itself.`;

/** Every operation of the document as a request. */
export function collectionOf(document: Document): Collection {
  const places = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Place => ({ path, method, operation })),
  );
  const variables = new Map(places.flatMap(parametersOf).map(({ key, value }) => [key, value]));
  return {
    info: {
      name: 'WhatsApp OTP gateway',
      description: HOW,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: [
      { key: 'baseUrl', value: 'http://localhost:3000' },
      { key: 'apiKey', value: '' },
      { key: 'accountSid', value: `AC${'0'.repeat(32)}` },
      { key: 'token', value: '' },
      ...[...variables].map(([key, value]) => ({ key, value })),
    ],
    item: document.tags.map(({ name, description }) => ({
      name,
      description,
      item: inOrder(places.filter(({ operation }) => operation.tags.includes(name))).map((place) =>
        itemOf(place, places),
      ),
    })),
  };
}

/** What takes something away comes last. */
function inOrder(places: Place[]): Place[] {
  const isLast = ({ method }: Place) => method === 'delete';
  return [...places.filter((place) => !isLast(place)), ...places.filter(isLast)];
}

/** `/webhooks/{id}` → `webhooks_id` */
function variableOf(before: string, name: string): string {
  return `${before.replaceAll(/\W/g, '')}_${name}`;
}

function urlOf(path: string): string {
  return path.replaceAll(/([^/]+)\/\{(\w+)\}(?:\/\{(\w+)\})?/g, (_, before, name, next) => {
    const more = next === undefined ? '' : `/{{${variableOf(before, next)}}}`;
    return `${before}/{{${variableOf(before, name)}}}${more}`;
  });
}

function parametersOf({ path, operation }: Place): { key: string; value: string }[] {
  const parameters = (operation.parameters ?? []) as { name: string; in: string; example?: string }[];
  return [...urlOf(path).matchAll(/\{\{((?:\w+)_(\w+))\}\}/g)].map(([, key = '', name = '']) => ({
    key,
    value: parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.example ?? '',
  }));
}

function itemOf(place: Place, places: readonly Place[]): Item {
  const { path, method, operation } = place;
  const [[type, content] = []] = Object.entries(operation.requestBody?.content ?? {});
  const schemes = operation.security.flatMap((scheme) => Object.keys(scheme));
  const auth = authOf(schemes);
  return {
    name: operation.summary,
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: scriptOf(place, places) } }],
    request: {
      method: method.toUpperCase(),
      url: `{{baseUrl}}${urlOf(path)}`,
      description: [operation.description ?? '', `operationId: ${operation.operationId}`].join('\n\n').trim(),
      header: [
        ...(schemes.includes('apiKey') ? [{ key: 'X-API-KEY', value: '{{apiKey}}' }] : []),
        ...(type ? [{ key: 'Content-Type', value: type }] : []),
      ],
      ...(auth && { auth }),
      ...(type && { body: bodyOf(type, content?.example) }),
    },
    ...(operation.responses[302] && { protocolProfileBehavior: { followRedirects: false } }),
    response: [],
  };
}

function authOf(schemes: string[]): object | null {
  if (schemes.includes('basic')) {
    const basic = [
      { key: 'username', value: '{{accountSid}}', type: 'string' },
      { key: 'password', value: '{{apiKey}}', type: 'string' },
    ];
    return { type: 'basic', basic };
  }
  if (!schemes.includes('token')) return null;
  return { type: 'bearer', bearer: [{ key: 'token', value: '{{token}}', type: 'string' }] };
}

function bodyOf(type: string, example: unknown): object {
  if (type === 'application/json') {
    return { mode: 'raw', raw: JSON.stringify(example, null, 2), options: { raw: { language: 'json' } } };
  }
  const fields = Object.entries((example ?? {}) as Record<string, unknown>);
  return { mode: 'urlencoded', urlencoded: fields.map(([key, value]) => ({ key, value: String(value) })) };
}

/** The answer is one of the documented; what later requests need is kept. */
function scriptOf({ path, operation }: Place, places: readonly Place[]): string[] {
  const statuses = Object.keys(operation.responses).map(Number);
  const kept = places.flatMap((other) => keptFor(path, other.path));
  const lines = [...new Map(kept.map((each) => [each.variable, each])).values()].map(
    ({ variable, name }) =>
      `if (body.${name} !== undefined) pm.collectionVariables.set('${variable}', body.${name});`,
  );
  const isSignIn = JSON.stringify(operation.responses).match(/"(?:token|accessToken)":\{/) !== null;
  if (isSignIn) {
    lines.push(
      'const token = body.token ?? body.data?.token ?? body.data?.accessToken;',
      "if (token !== undefined) pm.collectionVariables.set('token', token);",
    );
  }
  return [
    `pm.test('answers as documented', () => pm.expect(pm.response.code).to.be.oneOf(${JSON.stringify(statuses)}));`,
    ...(lines.length > 0 ? ['if (pm.response.code < 300) {', '  const body = pm.response.json();'] : []),
    ...lines.map((line) => `  ${line}`),
    ...(lines.length > 0 ? ['}'] : []),
  ];
}

/** What the answer of one path tells for another, which goes on from there: `/webhooks` for `/webhooks/{id}`. */
function keptFor(path: string, other: string): { variable: string; name: string }[] {
  const [, place = '', before = '', name = ''] = /^(.*?([^/]+))\/\{(\w+)\}$/.exec(other) ?? [];
  const isBefore =
    name !== '' && !path.slice(place.length).includes('{') && `${path}/`.startsWith(`${place}/`);
  if (!isBefore || path === other) return [];
  return [{ variable: variableOf(before, name), name: /sid$/i.test(name) ? 'sid' : name }];
}
