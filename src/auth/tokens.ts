import { randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Contract, Store, UserRow } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { leftOf } from '../deadline.js';
import { accountById, isStorable, requireSingleStep } from './accounts/accounts.js';

/** What a token proves: an account, to the clients of one contract. */
export interface Tokens {
  /** Rejects with two_factor_required: such an account gets tokens of the two-factor contract only. */
  issue(contract: Contract, user: Pick<UserRow, 'id' | 'token_epoch' | 'two_factor_at'>): Promise<string>;
  /** The account, or why there is none; deactivated accounts and revoked tokens count as invalid. */
  check(contract: Contract, token: string): Promise<TokenCheck>;
  /** The token is refused from now on. Tokens that are not ours are ignored. */
  revoke(contract: Contract, token: string): Promise<void>;
  cleanUp(): Promise<void>;
}

export type TokenCheck = { kind: 'valid'; user: UserRow } | { kind: 'invalid' } | { kind: 'user_gone' };

const ALGORITHM = 'HS256';
/** A clock that is set back must not bring back what was revoked. */
const REVOKED_KEPT_MS = 7 * 24 * 60 * 60_000;

/**
 * @param secret taken as the raw UTF-8 string, so that other back ends can check the tokens.
 * @param lifetimesMs by contract.
 */
export function createTokens(deps: {
  store: Store;
  clock: Clock;
  secret: string;
  issuer: string;
  lifetimesMs: Record<Contract, number>;
}): Tokens {
  const { store, clock, issuer } = deps;
  const key = new TextEncoder().encode(deps.secret);

  async function read(contract: Contract, token: string) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        issuer,
        audience: contract,
        typ: 'JWT',
        requiredClaims: ['sub', 'iat', 'exp', 'jti'],
        currentDate: new Date(clock.now()),
      });
      // Tokens of somebody else's making, under a shared secret, may have other types; our audience is no list.
      const { sub, jti, iat, exp, aud } = payload;
      if (aud !== contract || typeof sub !== 'string' || typeof jti !== 'string') return null;
      return iat === undefined || exp === undefined || !isStorable(jti) ? null : { sub, jti, iat, exp };
    } catch {
      return null;
    }
  }

  /** Not issued under a clock that was set back since, by more than the token lives. */
  function isCurrent({ iat, exp }: { iat: number; exp: number }): boolean {
    return leftOf(exp * 1000, (exp - iat) * 1000, clock.now()) > 0;
  }

  return {
    async issue(contract, user) {
      if (contract !== 'two-factor') requireSingleStep(user);
      const now = Math.floor(clock.now() / 1000);
      // The epoch ends all tokens of an account at once; it needs no claim of its own.
      const jti = `${user.token_epoch}.${randomUUID()}`;
      return await new SignJWT({})
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(issuer)
        .setSubject(user.id)
        .setAudience(contract)
        .setIssuedAt(now)
        .setExpirationTime(now + Math.floor(deps.lifetimesMs[contract] / 1000))
        .setJti(jti)
        .sign(key);
    },

    async check(contract, token) {
      const claims = await read(contract, token);
      if (!claims || !isCurrent(claims)) return { kind: 'invalid' };
      const revoked = await store
        .selectFrom('revoked_tokens')
        .select('jti')
        .where('jti', '=', claims.jti)
        .executeTakeFirst();
      if (revoked) return { kind: 'invalid' };
      const user = await accountById(store, claims.sub);
      if (!user) return { kind: 'user_gone' };
      const current = user.deactivated_at === null && claims.jti.startsWith(`${user.token_epoch}.`);
      return current ? { kind: 'valid', user } : { kind: 'invalid' };
    },

    async revoke(contract, token) {
      const claims = await read(contract, token);
      if (!claims) return;
      await store
        .insertInto('revoked_tokens')
        .values({ jti: claims.jti, expires_at: claims.exp * 1000 })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async cleanUp() {
      await store
        .deleteFrom('revoked_tokens')
        .where('expires_at', '<=', clock.now() - REVOKED_KEPT_MS)
        .execute();
    },
  };
}
