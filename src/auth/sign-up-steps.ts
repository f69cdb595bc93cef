import type { Contract, Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { accountById } from './accounts/accounts.js';
import { accountOf } from './accounts/registered.js';
import { endVerified, isCompletable, markVerified, registrationById } from './accounts/registrations.js';
import { registering } from './challenge-keys.js';
import { askerOf } from './clients/asker.js';
import type { Client } from './clients/client.js';
import { noteClient } from './clients/known-clients.js';
import type { Challenges } from './codes/challenges.js';
import { wrongCode } from './codes/refusals.js';
import type { Contact } from './contact.js';
import { PHONE_KEY } from './contact-keys.js';
import { hasRivals, tellAccountMade } from './notices/account-made.js';
import type { Notices } from './notices/notices.js';
import { type PasswordRules, requireFit } from './passwords/new-password.js';
import type { Passwords } from './passwords/passwords.js';

/** Signing up in three steps: after `SignUp.start` comes the code, then the password, which creates the account. */
export interface SignUpSteps {
  /** Proves the contact of this one registration; resolves with what it is. Rejects like `Challenges.redeem`. */
  verify(id: string, code: string): Promise<Contact['kind']>;
  /**
   * Creates the account, with the id of its registration. Rejects with registration_unverified, registration_completed or
   * password_unfit, or with phone_taken or email_taken when somebody else was faster.
   */
  setPassword(id: string, password: string): Promise<void>;
}

export function createSignUpSteps(deps: {
  store: Store;
  clock: Clock;
  challenges: Pick<Challenges, 'redeem'>;
  passwords: Passwords;
  passwordRules: PasswordRules;
  notices: Notices;
  contract: Contract;
  client: Client;
}): SignUpSteps {
  const { store, clock, challenges, passwords, notices, contract, client } = deps;

  return {
    async verify(id, code) {
      const registration = await registrationById(store, contract, id);
      if (!registration || registration.verified_at !== null) throw wrongCode();
      const key = registering(contract, registration.contact);
      const given = { key, code, client: { ...client, named: id }, registrations: [id] };
      return await challenges.redeem(given, async (trx, sentTo) => {
        if (!(await markVerified(trx, id, clock.now()))) throw wrongCode();
        return sentTo.startsWith(PHONE_KEY) ? 'phone' : 'email';
      });
    },

    async setPassword(id, password) {
      const registration = await registrationById(store, contract, id);
      // A completed registration is deleted after a while; the account has its id.
      if (registration?.completed_at || (!registration && (await accountById(store, id)))) throw completed();
      if (!registration || !isCompletable(registration, clock.now())) throw unverified();
      requireFit(password, deps.passwordRules, registration);
      const passwordHash = await passwords.hash(password);
      const asker = await askerOf(store, client);
      const made = store.transaction().execute(async (trx) => {
        const hadRivals = await hasRivals(trx, registration, asker, clock.now());
        const account = await accountOf(trx, registration, { passwordHash, twoFactor: true }, clock.now());
        await noteClient(trx, account.id, client, clock.now());
        if (!(await endVerified(trx, contract, id, clock.now()))) throw unverified();
        return { account, hadRivals };
      });
      const { account, hadRivals } = await made.catch(async (error: unknown) => {
        const now = await registrationById(store, contract, id);
        throw now?.completed_at ? completed() : error;
      });
      await tellAccountMade(notices, account, { hadRivals });
    },
  };
}

const unverified = () => new AppError('registration_unverified', 'The contact is not verified yet.');
const completed = () => new AppError('registration_completed', 'The account is complete already.');
