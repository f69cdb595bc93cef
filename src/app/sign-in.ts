import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Floods } from '../alarms/floods.js';
import type { Sending } from '../auth/codes/sending.js';
import { type Auth, createAuth } from '../auth/index.js';
import { createNotices, type Notices } from '../auth/notices/notices.js';
import { serviceName } from '../auth/notices/texts.js';
import { createOpenIdLogin, type OpenIdLogin } from '../auth/openid/openid.js';
import type { SharedPasswords } from '../auth/passwords/passwords.js';
import { parseMailbox } from '../channels/email/index.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import type { Persons } from '../delivery/queue/persons.js';
import type { KeyChanges } from '../key-changes/index.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import type { CodeIssuer } from '../otp/issue.js';
import type { OptOuts } from '../otp/writing-first/opt-outs.js';
import type { Sealing } from '../sealing.js';

interface SignInParts {
  config: Config;
  store: Store;
  clock: Clock;
  sealing: Sealing;
}

/** `iss` of the tokens: the same at every address of the product, so that tokens outlive a change of address. */
const TOKEN_ISSUER = 'whatsapp-otp';
const GOOGLE_CALLBACK = '/auth/google/callback';

export function authOf(
  parts: SignInParts & {
    keyChanges: Pick<KeyChanges, 'usedUntil'>;
    persons: Persons;
    issuer: CodeIssuer;
    limits: Limits;
    floods: Floods;
    notices: Notices;
    passwords?: SharedPasswords | undefined;
    toldSending(sending: Sending): Sending;
  },
): Auth {
  const { config, store, clock, sealing, keyChanges, persons } = parts;
  const { issuer, limits, floods, notices, passwords } = parts;
  const { previousJwtSecret: secret } = config.auth;
  const until = keyChanges.usedUntil('JWT_SECRET');
  return createAuth({
    toldSending: parts.toldSending,
    store,
    clock,
    persons,
    issuer,
    limits,
    floods,
    notices,
    challengeHash: sealing.hash('challenge'),
    settings: {
      ...config.auth,
      previousJwtSecret: secret !== null && until !== null ? { secret, until } : null,
      issuer: TOKEN_ISSUER,
      production: config.env === 'production',
    },
    ...(passwords && { passwords }),
  });
}

/** They name the host that people know, else whoever sends the mails. */
export function noticesOf(parts: {
  config: Config;
  clock: Clock;
  log: Log;
  delivery: Delivery;
  limits: Limits;
  optOuts: Pick<OptOuts, 'isOptedOut'>;
}): Notices {
  const { config, clock, log, delivery, limits, optOuts } = parts;
  const { publicOrigin } = config.server;
  const from = config.email && parseMailbox(config.email.from);
  const names = [
    publicOrigin && new URL(publicOrigin).hostname,
    from?.name,
    from?.address.replace(/^.*@/, ''),
  ];
  const { lanes } = delivery;
  const { isOptedOut } = optOuts;
  return createNotices({ lanes, limits, clock, log, service: serviceName(names), isOptedOut });
}

/** Null where Google is not set up. @param parts.publicUrl null until the port is known. */
export function openidOf(parts: SignInParts & { publicUrl(): string | null }): OpenIdLogin | null {
  const { config, store, clock, sealing, publicUrl } = parts;
  const { google } = config.auth;
  return (
    google &&
    createOpenIdLogin({
      store,
      clock,
      sealer: sealing.sealer('openid'),
      settings: {
        ...google,
        redirectUri: () => `${publicUrl() ?? ''}${GOOGLE_CALLBACK}`,
        allowHttp: google.issuer.startsWith('http:'),
      },
    })
  );
}
