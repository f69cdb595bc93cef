import type { Auth } from '../../auth/index.js';
import type { Lookups } from '../lookups.js';
import { createCookieSession, createSignInWithCookie } from './session.js';
import { createCookieSignUp } from './sign-up.js';

/** The cookie contract: sign-up with a code, a token in a cookie, Google. */
export function createCookieContract({ auth, lookups }: { auth: Auth; lookups: Lookups }) {
  const { defaultCountry, production } = auth.settings;
  const door = auth.for('cookie');
  const signIn = createSignInWithCookie(door, production);
  return {
    ...createCookieSignUp({ door, lookups, defaultCountry, secure: production, signIn }),
    ...createCookieSession({ door, lookups, production, signIn }),
    signIn,
  };
}
