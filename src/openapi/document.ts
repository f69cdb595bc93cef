import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { wordsOf } from './code-words.js';
import { type Components, type JsonSchema, jsonSchemaOf } from './json-schema.js';
import type { Failure, Operation, Parameter, Security, Surface } from './operation.js';

const JSON_TYPE = 'application/json';

const SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-KEY', description: 'An API key.' },
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, as Authorization: Bearer.' },
  token: { type: 'http', scheme: 'bearer', description: 'The token that a sign-in answered with.' },
  basic: { type: 'http', scheme: 'basic', description: 'An account or key name, and an API key.' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'token', description: 'The cookie of a sign-in.' },
} as const satisfies Record<Exclude<Security, 'nobody'>, object>;

const HEADERS = {
  RequestId: {
    description: 'Keep it: the log and the dashboard find the request by it.',
    schema: { type: 'string' },
  },
  RetryAfter: {
    description: 'Seconds until it is worth another try.',
    schema: { type: 'integer', minimum: 1 },
  },
} as const;
const OF_EVERY_ANSWER = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };
const OF_WAITING = { ...OF_EVERY_ANSWER, 'Retry-After': { $ref: '#/components/headers/RetryAfter' } };

/** Of what is described, not of the program: it changes when an app has to. */
const VERSION = '1.0.0';

const ABOUT = `One-time codes over WhatsApp and other channels, and signing in with them.

Fields that are not listed are overlooked; with the header \`X-Strict: true\` they are refused by name (400, \`fields_invalid\`), but for hooks and Twilio’s surface. Every answer has an \`X-Request-Id\`. Any other method of a listed address is 405; an address that is not listed is 404.`;

export interface Document {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Components; securitySchemes: typeof SCHEMES; headers: typeof HEADERS };
}

export interface DocumentedOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Record<string, never[]>[];
  parameters?: object[];
  requestBody?: { required: boolean; content: Record<string, Content> };
  responses: Record<string, DocumentedAnswer>;
}

export interface DocumentedAnswer {
  description: string;
  /** What the `code` of a failure may be. */
  'x-codes'?: string[];
  headers?: Record<string, { $ref: string }>;
  content?: Record<string, Content>;
}

export interface Content {
  schema: JsonSchema;
  example?: unknown;
}

/** The whole as OpenAPI 3.1. */
export function documentOf(surfaces: readonly Surface[]): Document {
  const schemas: Components = {};
  const paths: Document['paths'] = {};
  for (const { name, operations } of surfaces) {
    for (const operation of operations) {
      paths[operation.path] ??= {};
      Object.assign(paths[operation.path] ?? {}, { [operation.method]: shown(operation, name, schemas) });
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'WhatsApp OTP', version: VERSION, description: ABOUT },
    tags: surfaces.map(({ name, description }) => ({ name, description })),
    paths,
    components: { schemas, securitySchemes: SCHEMES, headers: HEADERS },
  };
}

function shown(operation: Operation, tag: string, schemas: Components): DocumentedOperation {
  const { id, summary, description, security, body, answers, failures } = operation;
  const parameters = parametersOf(operation);
  const responses: DocumentedOperation['responses'] = {};
  for (const [status, answer] of Object.entries(answers)) {
    responses[status] = response(answer.description, answer, schemas);
  }
  for (const failure of failures) {
    responses[failure.status] = {
      ...response(failureText(failure), failure, schemas),
      ...(failure.codes.length > 0 && { 'x-codes': failure.codes.map(String) }),
      ...(mayWait(failure) && { headers: OF_WAITING }),
    };
  }
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: security.map((scheme) => (scheme === 'nobody' ? {} : { [scheme]: [] })),
    ...(parameters.length > 0 && {
      parameters: parameters.map((parameter) => shownParameter(parameter, schemas)),
    }),
    ...(body && {
      requestBody: {
        required: body.required ?? true,
        content: {
          [body.type ?? JSON_TYPE]: {
            schema: jsonSchemaOf(body.schema, 'input', schemas),
            example: body.sample,
          },
        },
      },
    }),
    responses,
  };
}

/** Every `{name}` of the path is one; those that have more to say are in the list. */
export function parametersOf({ path, parameters = [] }: Operation): Parameter[] {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const unknown = named.filter(
    (name) => !parameters.some((each) => each.in === 'path' && each.name === name),
  );
  if (unknown.length > 0) throw new Error(`${path}: ${unknown.join(', ')} is not described`);
  return [...parameters];
}

function shownParameter(
  { name, in: place, description, required, schema, sample }: Parameter,
  all: Components,
) {
  return {
    name,
    in: place,
    description,
    required: place === 'path' || (required ?? false),
    schema: jsonSchemaOf(schema, 'input', all),
    ...(sample !== undefined && { example: sample }),
  };
}

function response(
  description: string,
  {
    schema,
    type = JSON_TYPE,
    sample,
    mayBeText = false,
  }: Pick<Failure, 'schema' | 'type' | 'mayBeText'> & { sample?: unknown },
  schemas: Components,
) {
  const headers = OF_EVERY_ANSWER;
  if (schema === null) return { description, headers };
  return {
    description,
    headers,
    content: {
      [type]: {
        schema: jsonSchemaOf(schema, 'output', schemas),
        ...(sample !== undefined && { example: sample }),
      },
      ...(mayBeText && { 'text/plain': { schema: { type: 'string' } } }),
    },
  };
}

function mayWait({ status, schema }: Failure): boolean {
  if (status === 429 || status === 503) return true;
  return schema instanceof z.ZodObject && 'retryAfterSeconds' in schema.shape;
}

/** What each code says; of those that have no words only their names. */
function failureText({ status, codes, description }: Failure): string {
  const lines = codes.map((code) => {
    const words = wordsOf(code);
    return words === undefined ? `\`${code}\`` : `\`${code}\`: ${words}`;
  });
  return description ?? (lines.join('\n\n') || (STATUS_CODES[status] ?? 'It failed.'));
}
