import type { Store, UserRow } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { accountById, accountInactive, forgetTries, notePhoneUse } from './accounts/accounts.js';
import type { Client } from './clients/client.js';
import type { PasswordTries } from './clients/password-tries.js';
import type { ChallengeKey } from './codes/challenge-rows.js';
import type { Challenges } from './codes/challenges.js';
import { wrongCode } from './codes/refusals.js';
import { PHONE_KEY } from './contact-keys.js';

/**
 * Uses up a code that signs in, and notes the use of the phone if it came there. Rejects like `Challenges.redeem`, and
 * with account_inactive.
 * @param given.contact under what wrong codes are counted, whether or not there is an account.
 * @param user null: no code is right.
 */
export async function redeemLoginCode(
  deps: {
    store: Store;
    clock: Clock;
    challenges: Pick<Challenges, 'redeem'>;
    passwordTries: PasswordTries;
    client: Client;
  },
  { key, code, contact }: { key: ChallengeKey; code: string; contact: string },
  user: UserRow | null,
): Promise<UserRow> {
  const { store, clock, challenges, passwordTries, client } = deps;
  const [present, sentTo] = await challenges.redeem({ key, code, contact, client }, async (trx, sent) => {
    const now = user && (await accountById(trx, user.id));
    if (!now) throw wrongCode();
    if (now.deactivated_at !== null) throw accountInactive();
    return [now, sent] as const;
  });
  if (sentTo.startsWith(PHONE_KEY)) await notePhoneUse(store, present.id, clock.now());
  await forgetTries(store, passwordTries, present);
  return present;
}
