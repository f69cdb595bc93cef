import { randomBytes } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { Request, RequestHandler, Response } from 'express';
import { sameBytes } from '../../same-bytes.js';
import type { KeyedHash } from '../../sealing.js';
import { ownField } from '../answer.js';
import { isCrossSite, type OwnSite, requestRefusal } from './cross-site.js';

/**
 * The token of a form that is shown before anybody has signed in: the signature of a cookie of the browser's own (signed
 * double submit, OWASP Cross-Site Request Forgery Prevention). Nothing is stored for whoever only looks at the form.
 */
export interface FormToken {
  /** For the form in this answer, which sets the cookie that it belongs to. */
  token(req: Request, res: Response): string;
  /** Refuses (403) a form that does not come from our own pages with the token of the browser's cookie, as `_csrf`. */
  guard: RequestHandler;
}

const NAMES = { http: 'otp_form', https: '__Host-otp_form' };
const BYTES = 16;
const VALUE = /^[\w-]{22}$/;

/** @param deps.path of the form; over HTTPS the cookie is of this very host, whose paths are one. */
export function createFormToken(deps: { hash: KeyedHash; site: OwnSite; path: string }): FormToken {
  const { hash, site, path } = deps;
  return {
    token(req, res) {
      const value = valueIn(req) ?? randomBytes(BYTES).toString('base64url');
      const { secure } = req;
      res.cookie(nameIn(req), value, {
        httpOnly: true,
        sameSite: 'strict',
        secure,
        path: secure ? '/' : path,
      });
      return hash(value);
    },

    guard(req, _res, next) {
      if (isCrossSite(req, site)) return next(requestRefusal('it comes from another site'));
      const value = valueIn(req);
      const sent = ownField(req.body, '_csrf');
      const isRight =
        value !== null &&
        typeof sent === 'string' &&
        hash.all(value).some((each) => sameBytes(Buffer.from(each), Buffer.from(sent)));
      next(isRight ? undefined : requestRefusal('its token is not that of this browser; reload the page'));
    },
  };
}

function nameIn({ secure }: Request): string {
  return secure ? NAMES.https : NAMES.http;
}

function valueIn(req: Request): string | null {
  const value = parseCookie(req.headers.cookie ?? '')[nameIn(req)] ?? '';
  return VALUE.test(value) ? value : null;
}
