import { createHash, randomBytes } from 'node:crypto';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isOver, leftOf } from '../../deadline.js';
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
  /** Where to send the browser, and what its cookie has to keep: sealed, so that whoever only begins leaves nothing here. */
  begin(): Promise<{ url: string; kept: string }>;
  /**
   * @param query of the callback, with its question mark.
   * @param kept from the browser's cookie.
   * Rejects with openid_failed for anything that does not match; each round trip can be finished once.
   */
  finish(query: string, kept: string | null): Promise<OpenIdIdentity>;
}

export const STATE_LIFE_MS = 10 * 60_000;
const USED = { until: 'openid_logins.expires_at', ruleMs: STATE_LIFE_MS };
/** What a sealed value is for. */
const CONTEXT = 'round trip';
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

  /** What the browser kept, when it belongs to this callback. */
  function opened(query: string, kept: string | null): RoundTrip {
    const trip = kept === null ? null : read(kept);
    if (!trip || new URLSearchParams(query).get('state') !== trip.state) {
      throw failed('The state is not that of this browser.');
    }
    if (leftOf(trip.expiresAt, STATE_LIFE_MS, clock.now()) === 0) throw failed('The state is too old.');
    return trip;
  }

  function read(kept: string): RoundTrip {
    try {
      return JSON.parse(sealer.open(kept, CONTEXT)) as RoundTrip;
    } catch (error) {
      throw failed('The state is not one of ours, or was made under another key.', error);
    }
  }

  /** Before the provider is asked: a second callback finds it used. */
  async function use({ state, expiresAt }: RoundTrip): Promise<void> {
    const { numInsertedOrUpdatedRows } = await store
      .insertInto('openid_logins')
      .values({ id: idOf(state), secrets: '', expires_at: expiresAt })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) throw failed('The state was used before.');
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
      const trip: RoundTrip = { state, nonce, verifier, expiresAt: clock.now() + STATE_LIFE_MS };
      return { url: url.href, kept: sealer.seal(JSON.stringify(trip), CONTEXT) };
    },

    async finish(query, kept) {
      const trip = opened(query, kept);
      await use(trip);
      const checks = {
        expectedState: trip.state,
        expectedNonce: trip.nonce,
        pkceCodeVerifier: trip.verifier,
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

/** Forgets which states were used: those are too old by now. */
export async function cleanUpOpenIdLogins(store: Store, now: number): Promise<void> {
  await store.deleteFrom('openid_logins').where(isOver(USED, now)).execute();
}

/** What is needed when the browser comes back. */
interface RoundTrip {
  state: string;
  nonce: string;
  verifier: string;
  /** Unix ms. */
  expiresAt: number;
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
