import express, { type Request, type RequestHandler } from 'express';
import * as z from 'zod';
import { AppError, type FieldProblem, invalidFields } from '../errors.js';
import { isJson, refuseOtherType } from './requests/body-type.js';
import { hintOfNames } from './requests/field-names.js';
import { refuseUnknown } from './requests/known-fields.js';

const LIMIT_BYTES = 10 * 1024;

const parseAnyJson = express.json({ limit: LIMIT_BYTES, strict: false, type: () => true });

const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/i;
/** Names for UTF-8 on other platforms; ASCII is a subset of it. */
const UTF_8 = /^(?:utf[-_]?8|us-ascii|ascii|)$/i;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Puts the parsed JSON into `req.body`; refuses a body of another type. Plain UTF-8, which is what callers send, is
 * read here (express.json takes a quarter of the time of a request); compressed or otherwise encoded bodies go to
 * express.json.
 */
export const jsonBody: RequestHandler = (req, res, next) => {
  const type = req.headers['content-type'];
  if (!isJson(type)) return refuseOtherType(req, next);
  const isUtf8 = UTF_8.test(CHARSET.exec(type)?.[1] ?? '');
  if (!isUtf8) return parseAnyJson(req, res, next);
  if (req.headers['content-encoding'] !== undefined) {
    // The one spelling that express.json knows.
    req.headers['content-type'] = 'application/json; charset=utf-8';
    return parseAnyJson(req, res, next);
  }
  if (Number(req.headers['content-length'] ?? 0) > LIMIT_BYTES) return next(tooLarge());

  const chunks: Buffer[] = [];
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    if (size > LIMIT_BYTES) return;
    size += chunk.length;
    if (size > LIMIT_BYTES) return next(tooLarge());
    chunks.push(chunk);
  });
  req.on('end', () => {
    if (size === 0) return next();
    if (size > LIMIT_BYTES) return;
    const text = String(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size));
    try {
      // RFC 8259, 8.1: a byte order mark must not be sent, and may be ignored.
      req.body = JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
    } catch {
      return next(new AppError('malformed_json', 'Bad Request: the request body is not valid JSON.'));
    }
    next();
  });
};

const RAW_LIMIT_BYTES = 256 * 1024;

/** Puts the body into `req.body` byte for byte, as a Buffer, whatever its type: signatures are about these bytes. */
export const rawBody: RequestHandler = express.raw({
  type: () => true,
  limit: RAW_LIMIT_BYTES,
  inflate: false,
});

/** The fields of a posted HTML form. */
export const formBody: RequestHandler = express.urlencoded({
  extended: false,
  limit: LIMIT_BYTES,
  parameterLimit: 20,
});

/**
 * The fields of a body; unknown ones are dropped, or refused if the request wants that. Throws fields_invalid with one
 * problem per field, in the order of the schema.
 * @param also fields that somebody else reads.
 */
export function valid<T>(
  schema: z.ZodType<T>,
  req: Pick<Request, 'body'> & Partial<Pick<Request, 'headers'>>,
  also: readonly string[] = [],
): T {
  const body = objectIn(req.body);
  const fields = fieldsOf(schema);
  refuseUnknown(req, body, [...fields, ...also]);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = new Map<string, FieldProblem>();
  for (const { path, message } of result.error.issues) {
    const field = String(path[0] ?? '');
    if (!problems.has(field)) problems.set(field, { field, message });
  }
  throw invalidFields([...problems.values()], hintFor(body, fields, result.error.issues));
}

function objectIn(body: unknown): Record<string, unknown> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return isObject ? (body as Record<string, unknown>) : {};
}

function fieldsOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What the problems do not say: that a text was asked for, or that a field goes by another name. */
function hintFor(
  body: Record<string, unknown>,
  fields: string[],
  issues: readonly z.core.$ZodIssue[],
): string | null {
  const missing = issues.map(({ path }) => String(path[0])).filter((name) => !Object.hasOwn(body, name));
  const named = hintOfNames(body, fields, missing);
  if (named !== null) return named;
  const noText = issues.find((issue) => issue.code === 'invalid_type' && issue.expected === 'string');
  const [name, inside] = noText?.path ?? [];
  const isThere = name !== undefined && inside === undefined && (body[String(name)] ?? null) !== null;
  return isThere ? `"${String(name)}" must be a string.` : null;
}

function tooLarge(): AppError {
  return new AppError('body_too_large', 'The request body is too large: at most 10 kB are read.');
}
