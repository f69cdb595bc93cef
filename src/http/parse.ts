import express, { type Request, type RequestHandler } from 'express';
import type * as z from 'zod';
import { AppError, invalidFields } from '../errors.js';

const LIMIT_BYTES = 10 * 1024;

const parseAnyJson = express.json({ limit: LIMIT_BYTES, strict: false, type: () => true });

/** JSON under any of its names: `application/json`, `text/json`, `application/problem+json`, … */
const JSON_TYPE = /^\s*(?:(?:application|text)\/json|application\/[\w!#$&^.-]+\+json)\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/i;
/** Names for UTF-8 on other platforms; ASCII is a subset of it. */
const UTF_8 = /^(?:utf[-_]?8|us-ascii|ascii|)$/i;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Puts the parsed JSON into `req.body`; a body of another type is left alone. Plain UTF-8, which is what callers send, is
 * read here (express.json takes a quarter of the time of a request); compressed or otherwise encoded bodies go to
 * express.json.
 */
export const jsonBody: RequestHandler = (req, res, next) => {
  const type = req.headers['content-type'];
  if (type === undefined || !JSON_TYPE.test(type)) return next();
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
 * The fields of a body; unknown ones are dropped. Throws fields_invalid with one problem per field, in the order of the
 * schema.
 */
export function valid<T>(schema: z.ZodType<T>, req: Pick<Request, 'body'>): T {
  const { body } = req;
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const result = schema.safeParse(isObject ? body : {});
  if (result.success) return result.data;
  const problems = new Map<string, string>();
  for (const issue of result.error.issues) {
    const field = String(issue.path[0] ?? '');
    if (!problems.has(field)) problems.set(field, issue.message);
  }
  throw invalidFields([...problems].map(([field, message]) => ({ field, message })));
}

function tooLarge(): AppError {
  return new AppError('body_too_large', 'The request body is too large: at most 10 kB are read.');
}
