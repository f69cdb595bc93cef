import { wordsOf } from '../code-words.js';
import type { Document, DocumentedOperation } from '../document.js';
import type { JsonSchema } from '../json-schema.js';
import { type Field, fieldsOf, typeOf } from './fields.js';
import { requestOf, type Sample, samplesOf } from './samples.js';

/** What /docs shows: the document, in the order of its tags. */
export interface DocsView {
  groups: Group[];
  /** Every code, with the statuses that it comes with. */
  codes: { code: string; statuses: string; words: string }[];
}

interface Group {
  name: string;
  anchor: string;
  description: string;
  operations: ShownOperation[];
}

export interface ShownOperation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  /** Empty: nothing is needed. */
  needs: string;
  parameters: Field[];
  fields: Field[];
  samples: Sample[];
  answers: { status: string; description: string; body: string }[];
  failures: { status: string; codes: string[] }[];
}

const NEEDS: Record<string, string> = {
  apiKey: 'an API key (X-API-KEY)',
  bearer: 'an API key (Authorization: Bearer)',
  token: 'the token of a sign-in (Authorization: Bearer)',
  basic: 'an account and an API key (Authorization: Basic)',
  cookie: 'the cookie of a sign-in',
};

const ANY_KEY = 'an API key (X-API-KEY or Authorization: Bearer)';

type Parameter = {
  name: string;
  in: string;
  required: boolean;
  description: string;
  schema: JsonSchema;
  example?: string;
};

/** @param origin where the samples lead, without a slash at the end. */
export function docsView(document: Document, origin: string): DocsView {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tags: operation.tags,
      shown: shown(document, origin, { method, path, operation }),
    })),
  );
  const groups = document.tags.map(({ name, description }) => ({
    name,
    anchor: anchorOf(name),
    description,
    operations: operations.filter(({ tags }) => tags.includes(name)).map((each) => each.shown),
  }));
  return { groups, codes: codesIn(operations.map((each) => each.shown)) };
}

function shown(
  { components }: Document,
  origin: string,
  { method, path, operation }: { method: string; path: string; operation: DocumentedOperation },
): ShownOperation {
  const { schemas } = components;
  const parameters = (operation.parameters ?? []) as Parameter[];
  const [content] = Object.values(operation.requestBody?.content ?? {});
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    description: operation.description ?? '',
    needs: needsOf(operation),
    parameters: parameters.map(({ name, in: place, required, description, schema }) => ({
      name,
      isRequired: required,
      type: `${typeOf(schema, schemas)}, in the ${place === 'header' ? 'headers' : place}`,
      description,
    })),
    fields: content ? fieldsOf(content.schema, schemas) : [],
    samples: samplesOf(requestOf(method, origin + filled(path, parameters), operation)),
    answers: Object.entries(operation.responses)
      .filter(([status]) => Number(status) < 400)
      .map(([status, answer]) => ({ status, description: answer.description, body: bodyOf(answer) })),
    failures: Object.entries(operation.responses)
      .filter(([status]) => Number(status) >= 400)
      .map(([status, answer]) => ({ status, codes: answer['x-codes'] ?? [] })),
  };
}

function needsOf({ security }: DocumentedOperation): string {
  const names = security.flatMap((scheme) => Object.keys(scheme));
  const isKey = names.includes('apiKey') && names.includes('bearer');
  const told = isKey ? [ANY_KEY, ...names.filter((name) => name !== 'apiKey' && name !== 'bearer')] : names;
  const needed = told.map((name) => NEEDS[name] ?? name).join(', or ');
  const mayBeLeftOut = names.length < security.length;
  return needed === '' || !mayBeLeftOut ? needed : `${needed}; or nothing`;
}

function filled(path: string, parameters: Parameter[]): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const { example } = parameters.find((each) => each.in === 'path' && each.name === name) ?? {};
    return encodeURIComponent(example ?? name);
  });
}

function bodyOf({ content = {} }: DocumentedOperation['responses'][string]): string {
  const [example] = Object.values(content).map((each) => each.example);
  if (example === undefined) return '';
  return typeof example === 'string' ? example.trimEnd() : JSON.stringify(example, null, 2);
}

function codesIn(operations: ShownOperation[]): DocsView['codes'] {
  const statuses = new Map<string, Set<string>>();
  for (const { failures } of operations) {
    for (const { status, codes } of failures) {
      for (const code of codes) statuses.set(code, (statuses.get(code) ?? new Set()).add(status));
    }
  }
  return [...statuses]
    .map(([code, of]) => ({
      code,
      statuses: [...of].sort().join(', '),
      words: wordsOf(/^\d+$/.test(code) ? Number(code) : code) ?? '',
    }))
    .sort((one, other) => (one.code < other.code ? -1 : 1));
}

/** `Phone contract` → `phone-contract` */
function anchorOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
