import { randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Contract, Store, UserRow } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { leftOf } from '../deadline.js';
import { accountById, isStorable } from './accounts/accounts.js';
import { type User, userOf } from './accounts/user.js';

/** What a token proves: an account, to the clients of one contract. */
export interface Tokens {
  /** For an account whose sign-in is complete (`Door.complete`). */
  issue(user: Pick<UserRow, 'id' | 'token_epoch'>): Promise<string>;
  /** The account, or why there is none; tokens of deactivated accounts and revoked tokens are invalid. */
  check(token: string): Promise<TokenCheck>;
  /** The token is refused from now on. Tokens that are not ours are ignored. */
  revoke(token: string): Promise<void>;
}

/** `epoch`: of all tokens that are valid now. */
export type TokenCheck =
  | { kind: 'valid'; user: User; epoch: number }
  | { kind: 'invalid' }
  | { kind: 'user_gone' };

/** A secret that has signed tokens before; from `until` on (Unix ms), the last of them has ended. */
export interface PreviousSecret {
  secret: string;
  until: number;
}

const ALGORITHM = 'HS256';
/** A clock that is set back must not revive revoked tokens. */
const REVOKED_KEPT_MS = 7 * 24 * 60 * 60_000;

/**
 * @param contract whose clients the tokens are for: no other contract accepts them.
 * @param secret used as the raw UTF-8 string, so that other back ends can check the tokens.
 * @param previous signs nothing any more.
 */
export function createTokens(deps: {
  store: Store;
  clock: Clock;
  contract: Contract;
  secret: string;
  previous?: PreviousSecret | null;
  issuer: string;
  lifeMs: number;
}): Tokens {
  const { store, clock, contract, issuer, lifeMs, previous = null } = deps;
  const key = new TextEncoder().encode(deps.secret);
  const former = previous && { key: new TextEncoder().encode(previous.secret), until: previous.until };

  async function read(token: string) {
    const claims = await readWith(key, token);
    return claims === null && former && clock.now() < former.until
      ? await readWith(former.key, token)
      : claims;
  }

  async function readWith(key: Uint8Array, token: string) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        issuer,
        audience: contract,
        typ: 'JWT',
        requiredClaims: ['sub', 'iat', 'exp', 'jti'],
        currentDate: new Date(clock.now()),
      });
      // Tokens made by others with a shared secret may have other types; our audience is not a list.
      const { sub, jti, iat, exp, aud } = payload;
      if (aud !== contract || typeof sub !== 'string' || typeof jti !== 'string') return null;
      return iat === undefined || exp === undefined || !isStorable(jti) ? null : { sub, jti, iat, exp };
    } catch {
      return null;
    }
  }

  /** Not issued before the clock was set back by more than the token's lifetime. */
  function isCurrent({ iat, exp }: { iat: number; exp: number }): boolean {
    return leftOf(exp * 1000, (exp - iat) * 1000, clock.now()) > 0;
  }

  return {
    async issue(user) {
      const now = Math.floor(clock.now() / 1000);
      // The epoch revokes all tokens of an account at once, without a claim of its own.
      const jti = `${user.token_epoch}.${randomUUID()}`;
      return await new SignJWT({})
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(issuer)
        .setSubject(user.id)
        .setAudience(contract)
        .setIssuedAt(now)
        .setExpirationTime(now + Math.floor(lifeMs / 1000))
        .setJti(jti)
        .sign(key);
    },

    async check(token) {
      const claims = await read(token);
      if (!claims || !isCurrent(claims)) return { kind: 'invalid' };
      const revoked = await store
        .selectFrom('revoked_tokens')
        .select('jti')
        .where('jti', '=', claims.jti)
        .executeTakeFirst();
      if (revoked) return { kind: 'invalid' };
      const row = await accountById(store, claims.sub);
      if (!row) return { kind: 'user_gone' };
      const current = row.deactivated_at === null && claims.jti.startsWith(`${row.token_epoch}.`);
      return current ? { kind: 'valid', user: userOf(row), epoch: row.token_epoch } : { kind: 'invalid' };
    },

    async revoke(token) {
      const claims = await read(token);
      if (!claims) return;
      await store
        .insertInto('revoked_tokens')
        .values({ jti: claims.jti, expires_at: claims.exp * 1000 })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
  };
}

export async function cleanUpRevokedTokens(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('revoked_tokens')
    .where('expires_at', '<=', now - REVOKED_KEPT_MS)
    .execute();
}
