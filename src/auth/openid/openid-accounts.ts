import { randomUUID } from 'node:crypto';
import type { Store, UserRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Log } from '../../log.js';
import {
  accountById,
  accountInactive,
  accountWithProvenEmail,
  requireSingleStep,
} from '../accounts/accounts.js';
import { createAccount } from '../accounts/new-account.js';
import { type ProvenAccount, provenInOneStep } from '../accounts/proven.js';
import { dropUnprovenPassword } from '../accounts/unproven-password.js';
import { tellAccountMade } from '../notices/account-made.js';
import type { Notices } from '../notices/notices.js';
import type { OpenIdIdentity } from './openid.js';

/**
 * The account of somebody whom an OpenID provider has signed in, found by their identity there and never by an address
 * alone. A new identity is linked to the account that has proven the same address, or gets a new account. An account that
 * only claimed the address loses it: its password may be a stranger's. So may one that the same address never proved.
 * Rejects with account_inactive or two_factor_required, and then links nothing. The address is told of a new account, and
 * of a password that is gone.
 */
export function createOpenIdAccounts(deps: { store: Store; clock: Clock; log: Log; notices: Notices }) {
  const { store, clock, log, notices } = deps;

  async function known({ issuer, subject }: OpenIdIdentity): Promise<UserRow | undefined> {
    const row = await store
      .selectFrom('identities')
      .select('user_id')
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .executeTakeFirst();
    return row && (await accountById(store, row.user_id));
  }

  /** Throws `AlreadyLinked` when this identity has got an account in the meantime. */
  async function link(trx: Store, { issuer, subject }: OpenIdIdentity, userId: string): Promise<void> {
    const linked = await trx
      .insertInto('identities')
      .values({ issuer, subject, user_id: userId, created_at: clock.now() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (linked.numInsertedOrUpdatedRows !== 1n) throw new AlreadyLinked();
  }

  async function make(identity: OpenIdIdentity): Promise<UserRow> {
    const made = await store.transaction().execute(async (trx) => {
      const user = await createAccount(
        trx,
        {
          id: randomUUID(),
          contract: 'cookie',
          phone: null,
          email: identity.email,
          emailProven: true,
          passwordHash: null,
          twoFactor: false,
          name: identity.name ?? identity.email.replace(/@.*/, ''),
          profile: {},
        },
        clock.now(),
      );
      await link(trx, identity, user.id);
      return user;
    });
    await tellAccountMade(notices, made, { hadRivals: false });
    return made;
  }

  /** Links the identity to an account whose password goes if nobody knows whose it is. */
  async function join(identity: OpenIdIdentity, { id }: UserRow, requestId?: string): Promise<UserRow> {
    const { changed, row } = await store.transaction().execute(async (trx) => {
      await link(trx, identity, id);
      const changed = await dropUnprovenPassword(trx, id, identity.email, clock.now());
      return { changed, row: changed ?? (await accountById(trx, id)) };
    });
    if (changed) {
      log.warn('an account lost a password that its address never proved, to a sign-in elsewhere', {
        id,
        ...(requestId && { requestId }),
      });
      await notices.send({ kind: 'email', value: identity.email }, 'google_linked');
    }
    if (!row) throw accountInactive();
    return row;
  }

  async function find(identity: OpenIdIdentity, requestId?: string): Promise<UserRow> {
    const present = await known(identity);
    if (present) return usable(present);
    const proven = await accountWithProvenEmail(store, identity.email);
    if (!proven) return await make(identity);
    return await join(identity, usable(proven), requestId);
  }

  return async function accountFor(identity: OpenIdIdentity, requestId?: string): Promise<ProvenAccount> {
    // Two first sign-ins at once: the slower one finds what the faster one created.
    const row = await find(identity, requestId).catch((error: unknown) => {
      const isTaken = error instanceof AppError && error.code === 'email_taken';
      if (isTaken || error instanceof AlreadyLinked) return find(identity, requestId);
      throw error;
    });
    return provenInOneStep(row, 'google');
  };
}

class AlreadyLinked extends Error {
  override readonly name = 'AlreadyLinked';
}

/** Signing in elsewhere is a single step: it does not open an account that requires two. */
function usable(user: UserRow): UserRow {
  if (user.deactivated_at !== null) throw accountInactive();
  requireSingleStep(user);
  return user;
}
