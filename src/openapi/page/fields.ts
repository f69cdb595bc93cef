import type { Components, JsonSchema } from '../json-schema.js';

/** A field of a body, or a parameter, as a row of a table. */
export interface Field {
  name: string;
  isRequired: boolean;
  /** `text`, `whole number from 60 to 3600`, `one of …` */
  type: string;
  description: string;
}

/** Those of a body. */
export function fieldsOf(schema: JsonSchema, components: Components): Field[] {
  const { properties = {}, required = [] } = resolved(schema, components) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, field]) => ({
    name,
    isRequired: required.includes(name),
    type: typeOf(field, components),
    description: String(field.description ?? ''),
  }));
}

/** In words. */
export function typeOf(schema: JsonSchema, components: Components): string {
  const field = resolved(schema, components) as Known;
  if (field.anyOf) {
    const types = field.anyOf.map((each) => typeOf(each, components)).filter((type) => type !== 'null');
    return [...new Set(types)].join(', or ');
  }
  if (field.enum) return `one of ${field.enum.join(', ')}`;
  const type = Array.isArray(field.type) ? field.type.find((each) => each !== 'null') : field.type;
  switch (type) {
    case 'string':
      return field.maxLength === undefined ? 'text' : `text, at most ${field.maxLength} characters`;
    case 'integer':
    case 'number':
      return `${type === 'integer' ? 'whole number' : 'number'}${between(field)}`;
    case 'array':
      return field.items ? `list of ${typeOf(field.items, components)}` : 'list';
    case undefined:
      return 'object';
    default:
      return type;
  }
}

interface Known {
  type?: string | string[];
  anyOf?: JsonSchema[];
  enum?: unknown[];
  items?: JsonSchema;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

function between({ minimum, maximum }: Known): string {
  if (minimum === undefined || maximum === undefined) return '';
  return maximum >= Number.MAX_SAFE_INTEGER ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`;
}

function resolved(schema: JsonSchema, components: Components): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  return components[$ref.replace('#/components/schemas/', '')] ?? {};
}
