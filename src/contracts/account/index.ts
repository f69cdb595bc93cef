import type { RequestHandler } from 'express';
import type { Auth } from '../../auth/index.js';
import { createTokenCookie, type TokenCookieName } from '../cookie/token-cookie.js';
import { createForgottenPasswordDoors } from './forgotten-password.js';
import { createOwnAccountDoors } from './own-account.js';
import { requireToken } from './token-holder.js';

/** What people do with their own accounts, whichever contract they signed up through. */
export function createAccountDoors(deps: {
  auth: Auth;
  cookieName: TokenCookieName;
  /** Refuses what comes from other sites' pages. */
  ownSite: RequestHandler;
}) {
  const { auth } = deps;
  const { defaultCountry, production: secure } = auth.settings;
  const cookie = createTokenCookie({ name: deps.cookieName, secure });
  return {
    signedIn: requireToken({ ...deps, cookie }),
    ...createOwnAccountDoors({ ...auth, cookie, defaultCountry, secure }),
    ...createForgottenPasswordDoors({ ...auth, defaultCountry, secure }),
  };
}
