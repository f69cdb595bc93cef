import type { Store } from '../../../database/schema.js';
import type { Limits, Use } from '../../limits/index.js';
import { type ContactKeys, mailboxKey } from '../contact-keys.js';
import { type Account, countedUnder } from './counted-under.js';

/** Forgets what `failuresOf` tells. False: there was nothing to forget. */
export async function letIn(
  deps: { store: Store; limits: Pick<Limits, 'forget'>; keys: Pick<ContactKeys, 'of'> },
  account: Account,
): Promise<boolean> {
  const { passwords, codes } = countedUnder(account, deps.keys);
  const mailboxes = codes.map(mailboxKey);
  const whole: Use[] = [
    { rule: 'account-passwords', of: passwords },
    ...mailboxes.flatMap((of): Use[] => [
      { rule: 'stranger-tries-5', of },
      { rule: 'stranger-tries-6', of },
    ]),
  ];
  const ofClients: Use[] = [
    { rule: 'client-passwords', of: `${passwords} ` },
    ...mailboxes.flatMap((of): Use[] => [
      { rule: 'client-tries-5', of: `${of} ` },
      { rule: 'client-tries-6', of: `${of} ` },
    ]),
  ];
  const forgotten = [
    await deps.limits.forget(whole),
    await deps.limits.forget(ofClients, { begins: true }),
    await forgetCodes(deps.store, codes),
  ];
  return forgotten.includes(true);
}

async function forgetCodes(store: Store, subjects: string[]): Promise<boolean> {
  const gone = await store.deleteFrom('client_failures').where('subject', 'in', subjects).executeTakeFirst();
  return gone.numDeletedRows > 0n;
}
