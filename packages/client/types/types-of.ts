import type { Document, DocumentedOperation } from '../../../src/openapi/document.js';
import type { JsonSchema } from '../../../src/openapi/json-schema.js';
import { declaration, typeOf } from './type-of.js';

const HEAD = '// Made from the OpenAPI document by `npm run client:types`. Not to be edited.\n';
/** The formatter's. */
const LINE_WIDTH = 110;

/**
 * TypeScript for some operations of a document: their bodies, queries and answers by operationId, the components that
 * these name, and every code that they may fail with.
 */
export function typesOf(document: Document, operationIds: readonly string[]): string {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const declared = new Map<string, string>();
  const codes = new Set<string>();

  for (const id of operationIds) {
    const operation = operations.find(({ operationId }) => operationId === id);
    if (!operation) throw new Error(`The document has no operation ${id}`);
    const name = `${id[0]?.toUpperCase()}${id.slice(1)}`;
    const body = contentOf(operation.requestBody);
    if (body) declared.set(`${name}Body`, declaration(`${name}Body`, body));
    const query = queryOf(operation);
    if (query) declared.set(`${name}Query`, declaration(`${name}Query`, query));
    for (const [status, response] of Object.entries(operation.responses)) {
      const schema = contentOf(response);
      if (!schema) continue;
      if (status.startsWith('2')) declared.set(`${name}Answer`, declaration(`${name}Answer`, schema));
      else for (const code of codesIn(schema)) codes.add(code);
    }
  }
  const components = namedIn([...declared.values(), 'FieldProblem;'], document.components.schemas);
  for (const name of components) {
    declared.set(name, declaration(name, document.components.schemas[name] ?? {}));
  }
  const sorted = [...declared].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
  const list = [...codes].sort();
  const errors = `/** What the gateway says in the \`code\` of an error. */\n${union('ErrorCode', list)}`;
  return [HEAD, ...sorted, errors].join('\n');
}

function union(name: string, codes: readonly string[]): string {
  const members = codes.map((code) => `'${code}'`);
  const line = `export type ${name} = ${members.join(' | ')};\n`;
  if (line.length <= LINE_WIDTH) return line;
  return `export type ${name} =\n${members.map((member) => `  | ${member}`).join('\n')};\n`;
}

function contentOf(holder: { content?: Record<string, { schema: JsonSchema }> } | undefined) {
  return holder?.content?.['application/json']?.schema;
}

function queryOf({ parameters = [] }: DocumentedOperation): JsonSchema | null {
  const shown = parameters as { name: string; in: string; description: string; schema: JsonSchema }[];
  const query = shown.filter((parameter) => parameter.in === 'query');
  if (query.length === 0) return null;
  const properties = query.map(({ name, description, schema }) => [name, { description, ...schema }]);
  return { type: 'object', properties: Object.fromEntries(properties), required: [] };
}

/** Of a failure: the `code` that it, or one of its alternatives, may have. */
function codesIn(schema: JsonSchema): string[] {
  const {
    properties,
    anyOf = [],
    oneOf = [],
  } = schema as {
    properties?: { code?: { enum?: string[] } };
    anyOf?: JsonSchema[];
    oneOf?: JsonSchema[];
  };
  return [...(properties?.code?.enum ?? []), ...[...anyOf, ...oneOf].flatMap(codesIn)];
}

/** The components whose names stand in these texts, and those that they name in turn. */
function namedIn(texts: string[], components: Record<string, JsonSchema>): Set<string> {
  const found = new Set<string>();
  const open = [...texts];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const name of Object.keys(components)) {
      if (found.has(name) || !new RegExp(`\\b${name}\\b`).test(text)) continue;
      found.add(name);
      open.push(typeOf(components[name] ?? {}));
    }
  }
  return found;
}
