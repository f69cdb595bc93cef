import { parseCookie } from 'cookie';
import type { RequestHandler, Response } from 'express';
import type { ProvenAccount } from '../../auth/accounts/proven.js';
import { type OpenIdIdentity, type OpenIdLogin, STATE_LIFE_MS } from '../../auth/openid/openid.js';
import { AppError } from '../../errors.js';
import { clientOf } from '../../http/access/client.js';
import { requestIdOf } from '../../http/requests/request-id.js';
import type { Limits } from '../../limits/index.js';
import type { Log } from '../../log.js';
import type { SignInWithCookie } from './session.js';

const STATE_COOKIE = 'oauth_state';
const PATH = '/auth/google';

/**
 * Google for the cookie contract: GET /auth/google and its callback. On any failure the browser ends at the documented
 * address of the client, without a cookie; the reason is in the log.
 * @param deps.openid null: Google is not configured.
 */
export function createGoogle(deps: {
  openid: OpenIdLogin | null;
  accountFor(identity: OpenIdIdentity, requestId?: string): Promise<ProvenAccount>;
  signIn: SignInWithCookie;
  /** The browser is sent back to the first. */
  clientUrls: readonly string[];
  secureCookies: boolean;
  limits: Limits;
  log: Log;
}) {
  const { openid, log } = deps;
  const [clientUrl = ''] = deps.clientUrls;
  const cookie = { httpOnly: true, sameSite: 'lax', secure: deps.secureCookies, path: PATH } as const;

  function refuse(res: Response, error: unknown): void {
    log.warn('a sign-in with Google failed', { requestId: requestIdOf(res), error });
    res.redirect(`${clientUrl}/login?error=oauth_failed`);
  }

  function required(): OpenIdLogin {
    if (openid) return openid;
    throw new AppError('openid_failed', 'Google is not configured.');
  }

  return {
    begin: (async (_req, res) => {
      try {
        await deps.limits.count([{ rule: 'address-google', of: clientOf(res).address }]);
        const { url, kept } = await required().begin();
        res.cookie(STATE_COOKIE, kept, { ...cookie, maxAge: STATE_LIFE_MS });
        res.redirect(url);
      } catch (error) {
        refuse(res, error);
      }
    }) satisfies RequestHandler,

    callback: (async (req, res) => {
      res.clearCookie(STATE_COOKIE, cookie);
      try {
        const identity = await required().finish(
          new URL(req.originalUrl, 'http://localhost').search,
          parseCookie(req.headers.cookie ?? '')[STATE_COOKIE] || null,
        );
        await deps.signIn(res, await deps.accountFor(identity, requestIdOf(res)));
        res.redirect(`${clientUrl}/dashboard?auth=success`);
      } catch (error) {
        refuse(res, error);
      }
    }) satisfies RequestHandler,
  };
}
