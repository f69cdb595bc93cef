import * as z from 'zod';

export type JsonSchema = Record<string, unknown>;

/** Schemas with a name of their own (`meta({ id })`), by that name. */
export type Components = Record<string, JsonSchema>;

/**
 * A schema as OpenAPI 3.1 has it (JSON Schema 2020-12). Those that have an `id` go to the components, once.
 * @param io `input`: what is sent to us; `output`: what we answer.
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output', components: Components): JsonSchema {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $schema, $defs = {}, ...own } = JSON.parse(text) as JsonSchema & { $defs?: Components };
  for (const [name, { id: _id, ...component }] of Object.entries($defs)) components[name] = component;
  return own;
}
