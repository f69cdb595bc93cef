import { createHash, randomBytes } from 'node:crypto';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isOver, lasts } from '../../deadline.js';
import { AppError } from '../../errors.js';
import type { Sealer } from '../../sealing.js';
import { isName, typedName } from '../../typed/name.js';
import { parseEmail } from '../contact.js';
import { createOpenIdProvider, type OpenIdSettings } from './openid-provider.js';

/** The person whom the provider has signed in, and an address that it vouches for. */
export interface OpenIdIdentity {
  issuer: string;
  subject: string;
  email: string;
  name: string | null;
}

/** The round trip to an OpenID provider: authorization code with PKCE, state and nonce (RFC 9700, 2.1). */
export interface OpenIdLogin {
  /** Where to send the browser, and the state that its cookie has to keep. */
  begin(): Promise<{ url: string; state: string }>;
  /**
   * @param query of the callback, with its question mark.
   * @param state from the browser's cookie.
   * Rejects with openid_failed for anything that does not match; each state can be used once.
   */
  finish(query: string, state: string | null): Promise<OpenIdIdentity>;
}

export const STATE_LIFE_MS = 10 * 60_000;
const STATE = { until: 'openid_logins.expires_at', ruleMs: STATE_LIFE_MS };
const PROVIDER_TIMEOUT_SECONDS = 10;
const MAX_NAME = 100;

export function createOpenIdLogin(deps: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  settings: OpenIdSettings;
  /** How long the provider may take to answer. */
  timeoutSeconds?: number;
}): OpenIdLogin {
  const { store, clock, sealer, settings, timeoutSeconds = PROVIDER_TIMEOUT_SECONDS } = deps;
  const provider = createOpenIdProvider(settings, timeoutSeconds);

  /** Removes the secrets of this state from the store: a second callback finds nothing. */
  async function takeSecrets(state: string): Promise<{ nonce: string; verifier: string }> {
    const id = idOf(state);
    const row = await store
      .deleteFrom('openid_logins')
      .where('id', '=', id)
      .where(lasts(STATE, clock.now()))
      .returning('secrets')
      .executeTakeFirst();
    if (!row) throw failed('The state is unknown, used or too old.');
    try {
      return JSON.parse(sealer.open(row.secrets, id)) as { nonce: string; verifier: string };
    } catch (error) {
      throw failed('The state was stored under another key.', error);
    }
  }

  return {
    async begin() {
      const { calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier } = await import(
        'openid-client'
      );
      const state = randomBytes(32).toString('base64url');
      const nonce = randomNonce();
      const verifier = randomPKCECodeVerifier();
      const parameters = {
        scope: 'openid email profile',
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      };
      const url = await provider.authorizationUrl(parameters).catch((cause: unknown) => {
        throw failed('The provider does not answer.', cause);
      });
      await store
        .insertInto('openid_logins')
        .values({
          id: idOf(state),
          secrets: sealer.seal(JSON.stringify({ nonce, verifier }), idOf(state)),
          expires_at: clock.now() + STATE_LIFE_MS,
        })
        .execute();
      return { url: url.href, state };
    },

    async finish(query, state) {
      if (state === null || new URLSearchParams(query).get('state') !== state) {
        throw failed('The state is not that of this browser.');
      }
      const { nonce, verifier } = await takeSecrets(state);
      const checks = {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      };
      const claims = await provider
        .exchange(new URL(query, settings.redirectUri()), checks)
        .catch((cause: unknown) => {
          throw failed('The provider refused.', cause);
        });
      const email = parseEmail(claims.email);
      if (email === null || claims.email_verified !== true) {
        throw failed('The provider does not vouch for an address.');
      }
      return { issuer: claims.iss, subject: claims.sub, email, name: nameOf(claims.name) };
    },
  };
}

export async function cleanUpOpenIdLogins(store: Store, now: number): Promise<void> {
  await store.deleteFrom('openid_logins').where(isOver(STATE, now)).execute();
}

function nameOf(given: unknown): string | null {
  if (typeof given !== 'string') return null;
  const characters = [...typedName(given.replace(/\p{Cc}/gu, ''))];
  const name = characters.slice(0, MAX_NAME).join('').trim();
  return isName(name) ? name : null;
}

function idOf(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}

/** The library's errors carry tokens, claims and the nonce: only their name and message are passed on. */
function failed(message: string, cause?: unknown): AppError {
  if (!(cause instanceof Error)) return new AppError('openid_failed', message);
  const { code, error } = cause as { code?: unknown; error?: unknown };
  // `error` as the provider answers it: invalid_client, access_denied.
  const said = typeof error === 'string' && /^\w{1,40}$/.test(error) ? error : null;
  const reason = new Error([cause.name, code, said, cause.message].filter(Boolean).join(': '));
  return new AppError('openid_failed', message, { cause: reason });
}
