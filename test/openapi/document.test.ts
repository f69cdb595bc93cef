import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../src/openapi/code-words.js';
import { documentOf } from '../../src/openapi/document.js';
import { surfacesOf } from '../../src/openapi/operations/index.js';
import { DEFAULT_SETTINGS } from '../../src/openapi/settings.js';

const surfaces = surfacesOf(DEFAULT_SETTINGS);
const document = documentOf(surfaces);
const operations = surfaces.flatMap((surface) => surface.operations);

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('gives every operation a name of its own', () => {
    const names = operations.map(({ id }) => id);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][A-Za-z0-9]+$/.test(name))).toEqual([]);
  });

  it('leaves no reference open', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, at]) => at ?? '');
    const known = [
      ...Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(document.components.headers).map((name) => `#/components/headers/${name}`),
    ];
    expect(references.filter((reference) => !known.includes(reference))).toEqual([]);
  });

  it('tells of X-Strict, and of the headers of answers', () => {
    expect(document.info.description).toContain('`X-Strict: true`');
    const answers = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap(({ responses }) =>
        Object.entries(responses).map(([status, { headers }]) => ({ path, status, headers })),
      ),
    );
    expect(answers.filter(({ headers }) => headers?.['X-Request-Id'] === undefined)).toEqual([]);
    const waiting = answers.filter(({ headers }) => headers?.['Retry-After'] !== undefined);
    expect([...new Set(waiting.map(({ status }) => status))]).toEqual(
      expect.arrayContaining(['403', '429', '503']),
    );
  });

  it('has words for every code', () => {
    const codes = operations.flatMap(({ failures }) => failures.flatMap((failure) => failure.codes));
    expect([...new Set(codes)].filter((code) => wordsOf(code) === undefined)).toEqual([]);
  });

  it.each(operations)('$id: its samples are what its schemas say', ({ body, answers }) => {
    if (body) expect(body.schema.safeParse(body.sample).error).toBeUndefined();
    for (const { schema, sample } of Object.values(answers)) {
      if (schema) expect(schema.safeParse(sample).error).toBeUndefined();
    }
  });
});
