import { jsonSchemaOf } from '../../src/openapi/json-schema.js';
import type { Body } from '../../src/openapi/operation.js';

/** A body that is not what is asked for, as it goes over the line. */
export interface Mutation {
  name: string;
  type: string;
  text: string;
}

const DEPTH = 4_000;
const DEEP = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
const HOLE = '"__hole__"';

/** Values that no field of ours can have, or only some. */
const VALUES: [name: string, json: string][] = [
  ['null', 'null'],
  ['empty', '""'],
  ['blank', '" \\t"'],
  ['number', '7'],
  ['negative', '-1e308'],
  ['boolean', 'true'],
  ['list', '[]'],
  ['object', '{}'],
  ['operator', '{"$ne":null}'],
  ['prototype', '{"__proto__":{"x":1},"constructor":1}'],
  ['long', JSON.stringify('a'.repeat(3_000))],
  ['longDigits', JSON.stringify(`+${'1'.repeat(3_000)}`)],
  ['control', '"a\\u0000b\\ud800"'],
  ['deep', DEEP],
];

const json = 'application/json';

/** For each field: missing, and each of the values; then bodies that are none. */
export function mutationsOf({ schema, sample, type = json }: Body): Mutation[] {
  if (type !== json) return formMutations(schema, sample, type);
  const whole: [string, string][] = [
    ['nothing', ''],
    ['broken', '{"a":'],
    ['list', '[]'],
    ['text', '"text"'],
    ['number', '1'],
    ['null', 'null'],
    ['deep', DEEP],
    ['tooLarge', JSON.stringify({ ...sample, padding: 'x'.repeat(11_000) })],
    ['extra', JSON.stringify({ ...sample, unknown: 1, toString: 'x' })],
    ['extraDeep', JSON.stringify({ ...sample, unknown: '__hole__' }).replace(HOLE, DEEP)],
  ];
  const named = whole.map(([name, text]) => ({ name, type: json, text }));
  const otherType = [
    { name: 'asText', type: 'text/plain', text: JSON.stringify(sample) },
    { name: 'asForm', type: 'application/x-www-form-urlencoded', text: 'a=1&a=2&__proto__=3' },
    { name: 'charset', type: 'application/json; charset=nonsense', text: JSON.stringify(sample) },
  ];
  const fields = fieldsOf(schema, sample).flatMap((field) => fieldMutations(field, sample));
  return [...named, ...otherType, ...fields];
}

function fieldMutations(field: string, sample: object): Mutation[] {
  const { [field]: _left, ...without } = sample as Record<string, unknown>;
  const holed = JSON.stringify({ ...sample, [field]: '__hole__' });
  return [
    { name: `${field} missing`, type: json, text: JSON.stringify(without) },
    ...VALUES.map(([name, value]) => ({
      name: `${field} ${name}`,
      type: json,
      text: holed.replace(HOLE, () => value),
    })),
  ];
}

function formMutations(schema: Body['schema'], sample: object, type: string): Mutation[] {
  const good = Object.entries(sample).map(([name, value]) => [name, String(value)]);
  const values = ['', ' ', 'a'.repeat(3_000), `+${'1'.repeat(3_000)}`, 'a\u0000b', '[object Object]', '-1'];
  const ofFields = fieldsOf(schema, sample).flatMap((field) => {
    const others = good.filter(([name]) => name !== field);
    const variants = values.map((value) => [...others, [field, value]]);
    return [others, ...variants, [...good, [field, 'twice']]].map((pairs, index) => ({
      name: `${field} ${index}`,
      type,
      text: String(new URLSearchParams(pairs as [string, string][])),
    }));
  });
  return [
    { name: 'nothing', type, text: '' },
    { name: 'extra', type, text: `${new URLSearchParams(good as [string, string][])}&unknown=1&__proto__=2` },
    { name: 'broken', type, text: '%zz=%&&&===' },
    { name: 'many', type, text: 'a=1&'.repeat(2_000) },
    { name: 'asJson', type: json, text: JSON.stringify(sample) },
    ...ofFields,
  ];
}

/** Those of the schema, or of the sample where it has none. */
function fieldsOf(schema: Body['schema'], sample: object): string[] {
  const { properties = {} } = jsonSchemaOf(schema, 'input', {}) as { properties?: object };
  return [...new Set([...Object.keys(properties), ...Object.keys(sample)])];
}
