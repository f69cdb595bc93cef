import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Floods } from '../alarms/floods.js';
import { type Auth, createAuth } from '../auth/index.js';
import { createOpenIdLogin, type OpenIdLogin } from '../auth/openid/openid.js';
import type { SharedPasswords } from '../auth/passwords/passwords.js';
import type { Clock } from '../clock.js';
import type { Persons } from '../delivery/queue/persons.js';
import type { Limits } from '../limits/index.js';
import type { CodeIssuer } from '../otp/issue.js';
import { createKeyedHash, createSealer } from '../sealing.js';

interface SignInParts {
  config: Config;
  store: Store;
  clock: Clock;
}

/** `iss` of the tokens: the same at every address of the product, so that tokens outlive a change of address. */
const TOKEN_ISSUER = 'whatsapp-otp';
const GOOGLE_CALLBACK = '/auth/google/callback';

export function authOf(
  parts: SignInParts & {
    persons: Persons;
    issuer: CodeIssuer;
    limits: Limits;
    floods: Floods;
    passwords?: SharedPasswords | undefined;
  },
): Auth {
  const { config, store, clock, persons, issuer, limits, floods, passwords } = parts;
  return createAuth({
    store,
    clock,
    persons,
    issuer,
    limits,
    floods,
    challengeHash: createKeyedHash(config.encryptionKey, 'challenge'),
    settings: { ...config.auth, issuer: TOKEN_ISSUER, production: config.env === 'production' },
    ...(passwords && { passwords }),
  });
}

/** Null where Google is not set up. @param parts.publicUrl null until the port is known. */
export function openidOf(parts: SignInParts & { publicUrl(): string | null }): OpenIdLogin | null {
  const { config, store, clock, publicUrl } = parts;
  const { google } = config.auth;
  return (
    google &&
    createOpenIdLogin({
      store,
      clock,
      sealer: createSealer(config.encryptionKey, 'openid'),
      settings: {
        ...google,
        redirectUri: () => `${publicUrl() ?? ''}${GOOGLE_CALLBACK}`,
        allowHttp: google.issuer.startsWith('http:'),
      },
    })
  );
}
