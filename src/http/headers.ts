import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * For everything that a browser shows. JSON answers get their two headers from `answerJson` instead.
 * Nothing here may force HTTPS on a gateway that runs over plain HTTP in a private network.
 */
export const pageHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'self'"],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
    },
  },
  frameguard: { action: 'deny' },
  // With no-referrer, browsers post forms with `Origin: null`.
  referrerPolicy: { policy: 'same-origin' },
  strictTransportSecurity: { maxAge: 180 * 24 * 60 * 60, includeSubDomains: false },
  // Both only work over HTTPS and clutter the console elsewhere.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
});

export const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};
