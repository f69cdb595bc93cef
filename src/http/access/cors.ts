import type { Request, RequestHandler, Response } from 'express';

const PREFLIGHT_SECONDS = 600;
const ALWAYS_ALLOWED = ['Content-Type', 'Authorization'];
const MAX_NAMED = 20;
/** A field name (RFC 9110, 5.6.2). */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;

/**
 * Lets the pages of certain other origins call, with their cookies and whatever headers they add (tracing libraries
 * add some to every request); a preflight is answered here. Other origins get no such headers, so that their browsers
 * refuse. (Fetch standard, "CORS protocol".)
 * @param methods what the path answers, in the form of the `Allow` header.
 */
export function allowOrigins(allowed: readonly string[], methods: string): RequestHandler {
  return (req, res, next) => {
    const { origin } = req.headers;
    const isAllowed = origin !== undefined && allowed.includes(origin);
    res.vary('Origin');
    if (isAllowed) {
      res.setHeader('Access-Control-Allow-Origin', origin);
      res.setHeader('Access-Control-Allow-Credentials', 'true');
      res.setHeader('Access-Control-Expose-Headers', 'Retry-After, X-Request-Id');
    }
    if (req.method !== 'OPTIONS') return next();
    if (isAllowed) allowHeaders(req, res, methods);
    res.setHeader('Allow', methods);
    res.writeHead(204).end();
  };
}

function allowHeaders(req: Request, res: Response, methods: string): void {
  const named = String(req.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => HEADER_NAME.test(name))
    .slice(0, MAX_NAMED);
  res.vary('Access-Control-Request-Headers');
  res.setHeader('Access-Control-Allow-Methods', methods);
  res.setHeader('Access-Control-Allow-Headers', (named.length > 0 ? named : ALWAYS_ALLOWED).join(', '));
  res.setHeader('Access-Control-Max-Age', String(PREFLIGHT_SECONDS));
}
