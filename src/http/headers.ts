import type { Express, RequestHandler, Response } from 'express';
import helmet from 'helmet';

const HSTS_SECONDS = 180 * 24 * 60 * 60;

/**
 * For everything that a browser shows as a page. All other answers have those of `plainHeaders`.
 * Nothing here may force HTTPS on a gateway that runs over plain HTTP in a private network.
 */
const pageHeaders: RequestHandler = helmet({
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
  strictTransportSecurity: { maxAge: HSTS_SECONDS, includeSubDomains: false },
  // Both only work over HTTPS and clutter the console elsewhere.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
});

/**
 * For every answer; what is no page may load nothing and be framed nowhere, should a browser ever show it.
 * @param https browsers reach this server over HTTPS, and are told to stay there.
 */
export function plainHeaders({ https }: { https: boolean }): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    ...(https && { 'Strict-Transport-Security': `max-age=${HSTS_SECONDS}` }),
  };
}

/** Sets headers, which whoever answers may replace. */
export function withHeaders(headers: Readonly<Record<string, string>>): RequestHandler {
  const all = Object.entries(headers);
  return (_req, res, next) => {
    for (const [name, value] of all) res.setHeader(name, value);
    next();
  };
}

/** From now on every page that the app renders has `pageHeaders`: no other answer is a page. */
export function renderPages(app: Pick<Express, 'response'>): void {
  const { render } = app.response;
  app.response.render = function page(this: Response, ...args: Parameters<typeof render>) {
    pageHeaders(this.req, this, () => render.apply(this, args));
  } as typeof render;
}

export const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};
