import type { RequestHandler } from 'express';

const PREFLIGHT_SECONDS = 600;

/**
 * Lets the pages of one other origin call, with their cookies; a preflight is answered here. Everybody else is told
 * nothing, so that their browsers refuse. (Fetch standard, "CORS protocol".)
 * @param methods what the path answers, as the `Allow` header has them.
 */
export function allowOrigin(allowed: string, methods: string): RequestHandler {
  return (req, res, next) => {
    res.vary('Origin');
    if (req.headers.origin === allowed) {
      res.setHeader('Access-Control-Allow-Origin', allowed);
      res.setHeader('Access-Control-Allow-Credentials', 'true');
      res.setHeader('Access-Control-Expose-Headers', 'Retry-After');
    }
    if (req.method !== 'OPTIONS') return next();
    if (req.headers.origin === allowed) {
      res.setHeader('Access-Control-Allow-Methods', methods);
      res.setHeader('Access-Control-Allow-Headers', 'Content-Type, Authorization');
      res.setHeader('Access-Control-Max-Age', String(PREFLIGHT_SECONDS));
    }
    res.setHeader('Allow', methods);
    res.writeHead(204).end();
  };
}
