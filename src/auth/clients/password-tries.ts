import type { Store } from '../../../database/schema.js';
import type { Floods } from '../../alarms/floods.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Limits, Use } from '../../limits/index.js';
import { type Client, clientKey } from './client.js';
import { isKnownClient } from './known-clients.js';

/** How often a password may be wrong (NIST SP 800-63B-4, 3.2.2), for accounts that exist and for those that do not. */
export interface PasswordTries {
  /**
   * Counts a try as wrong before the password is hashed. Rejects with rate_limited, also for a right one.
   * @param email as `parseEmail` returns it; null: no address at all.
   * @param accounts those that the password may belong to.
   */
  begin(email: string | null, accounts: readonly { id: string }[], client: Client): Promise<PasswordTry>;
  /** A code was right: whoever gave it owns the account. */
  forget(email: string): Promise<void>;
}

export interface PasswordTry {
  wasRight(): Promise<void>;
  /** True at most once a day: strangers have used up the account's tries, and its owner should hear of it. */
  wasWrong(): Promise<boolean>;
  /** Too many wanted theirs compared at this moment. */
  wasNotCompared(): Promise<void>;
}

export function createPasswordTries(deps: {
  store: Store;
  clock: Clock;
  limits: Limits;
  floods: Pick<Floods, 'note'>;
}): PasswordTries {
  const { store, clock, limits, floods } = deps;

  const isWithin = (uses: Use[]) =>
    limits.count(uses).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AppError) return false;
        throw error;
      },
    );

  return {
    async begin(email, accounts, client) {
      const { address, requestId } = client;
      const noteWrong = () => floods.note('passwords', { address, requestId, contact: email });
      const count = (uses: readonly Use[]) =>
        limits.count(uses).catch((error: unknown) => {
          if (error instanceof AppError) noteWrong();
          throw error;
        });
      const ids = accounts.map(({ id }) => id);
      const byAddress: Use[] = [
        { rule: 'address-passwords', of: address },
        { rule: 'address-passwords-hour', of: address },
        { rule: 'address-accounts', of: address, each: email ?? '' },
      ];
      if (email === null) {
        const counted = await count(byAddress);
        return {
          wasRight: counted.giveBack,
          async wasWrong() {
            noteWrong();
            return false;
          },
          wasNotCompared: counted.giveBack,
        };
      }
      const account: Use = { rule: 'account-passwords', of: email };
      const own: Use = { rule: 'client-passwords', of: `${email} ${clientKey(client)}` };
      const isKnown = await isKnownClient(store, ids, client, clock.now());
      const counted = await count([...byAddress, own, ...(isKnown ? [] : [account])]);
      return {
        wasNotCompared: counted.giveBack,
        async wasWrong() {
          noteWrong();
          if (isKnown || (await limits.waitMs([account])) === 0) return false;
          return await isWithin([{ rule: 'account-notices', of: email }]);
        },
        async wasRight() {
          await counted.giveBack();
          await limits.forget([own]);
          // Where strangers have used up the account's tries, only a code opens it again: the owner's client is in anyway.
          if ((await limits.waitMs([account])) === 0) await limits.forget([account]);
        },
      };
    },

    async forget(email) {
      await limits.forget([{ rule: 'account-passwords', of: email }]);
    },
  };
}
