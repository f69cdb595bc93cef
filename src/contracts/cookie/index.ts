import type { Auth } from '../../auth/index.js';
import type { Lookups } from '../lookups.js';
import { createCookieSession, createSignInWithCookie } from './session.js';
import { createCookieSignUp } from './sign-up.js';
import { createTokenCookie, type TokenCookieName } from './token-cookie.js';

/** The cookie contract: sign-up with a code, a token in a cookie, Google. */
export function createCookieContract(deps: { auth: Auth; lookups: Lookups; cookieName: TokenCookieName }) {
  const { auth, lookups } = deps;
  const { defaultCountry, production } = auth.settings;
  const door = auth.for('cookie');
  const cookie = createTokenCookie({ name: deps.cookieName, secure: production });
  const signIn = createSignInWithCookie(door, cookie);
  return {
    ...createCookieSignUp({ door, lookups, defaultCountry, secure: production, signIn }),
    ...createCookieSession({ door, lookups, cookie, signIn }),
    signIn,
  };
}
