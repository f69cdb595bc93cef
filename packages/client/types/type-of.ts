import type { JsonSchema } from '../../../src/openapi/json-schema.js';

interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  required?: string[];
  description?: string;
}

/** A schema under a name of its own. */
export function declaration(name: string, schema: JsonSchema): string {
  const { properties, description } = schema as Schema;
  const comment = description === undefined ? '' : `/** ${description} */\n`;
  return properties
    ? `${comment}export interface ${name} ${typeOf(schema)}\n`
    : `${comment}export type ${name} = ${typeOf(schema)};\n`;
}

/** A schema as a TypeScript type, laid out as the formatter does; what says nothing is `unknown`. */
export function typeOf(schema: JsonSchema, indent = ''): string {
  const { $ref, anyOf, oneOf, type, items, properties, additionalProperties, ...rest } = schema as Schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  const alternatives = anyOf ?? oneOf;
  if (alternatives) return distinct(alternatives.map((each) => typeOf(each, indent)));
  if ('const' in rest) return literal(rest.const);
  if (rest.enum) return distinct(rest.enum.map(literal));
  if (Array.isArray(type)) return distinct(type.map((each) => typeOf({ ...schema, type: each }, indent)));
  switch (type) {
    case 'integer':
      return 'number';
    case 'array': {
      const item = items ? typeOf(items, indent) : 'unknown';
      return item.includes(' ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      if (properties) return fields(properties, rest.required ?? [], indent);
      return `Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown'}>`;
    default:
      return type ?? 'unknown';
  }
}

function fields(properties: Record<string, JsonSchema>, required: string[], indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([name, schema]) => {
    const { description } = schema as Schema;
    const isRequired = required.includes(name);
    // Whoever has a value that may be undefined need not look first.
    const type = isRequired ? typeOf(schema, inner) : distinct([typeOf(schema, inner), 'undefined']);
    return [
      ...(description === undefined ? [] : [`${inner}/** ${description} */`]),
      `${inner}${name}${isRequired ? '' : '?'}: ${type};`,
    ];
  });
  return ['{', ...lines, `${indent}}`].join('\n');
}

function distinct(types: string[]): string {
  const all = new Set(types);
  return all.has('unknown') ? 'unknown' : [...all].join(' | ');
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
