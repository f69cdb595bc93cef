import type { Contract, Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { accountById, accountInactive } from './accounts/accounts.js';
import { type ProvenAccount, provenInTwoSteps } from './accounts/proven.js';
import { signingIn } from './challenge-keys.js';
import type { Client } from './clients/client.js';
import type { PasswordTries } from './clients/password-tries.js';
import type { Challenges } from './codes/challenges.js';
import { codeContact } from './codes/code-contact.js';
import { wrongCode } from './codes/refusals.js';
import type { CodeRules } from './codes/sending.js';
import type { Contact } from './contact.js';
import type { ContactKeys } from './contact-keys.js';
import { redeemLoginCode } from './login-codes.js';

/** The code that follows the password, over WhatsApp when the account has a phone, else by e-mail. */
export interface SecondStep {
  /** After the right password. Resolves with the id of the challenge. Rejects with account_inactive, and like `Challenges.issue`. */
  begin(account: ProvenAccount): Promise<{ id: string; contact: Contact }>;
  /** Another code, but only while one is expected; does not reveal whether one was sent. */
  repeat(userId: string): Promise<void>;
  /** Rejects with account_inactive, and like `Challenges.redeem`. */
  finish(userId: string, code: string): Promise<ProvenAccount>;
}

export function createSecondStep(deps: {
  store: Store;
  clock: Clock;
  challenges: Challenges;
  contract: Contract;
  rules: CodeRules;
  passwordTries: PasswordTries;
  keys: ContactKeys;
  client: Client;
}): SecondStep {
  const { store, challenges, contract, rules, client } = deps;
  const keyOf = (userId: string) => signingIn(contract, userId);

  return {
    async begin({ id, epoch }) {
      const user = await accountById(store, id);
      if (!user || user.deactivated_at !== null || user.token_epoch !== epoch) throw accountInactive();
      const contact = codeContact(user);
      const challenge = await challenges.issue({ key: keyOf(id), contact, rules, silent: false, client });
      return { id: challenge, contact };
    },

    async repeat(userId) {
      const key = keyOf(userId);
      const user = await accountById(store, userId);
      if (!user || user.deactivated_at !== null || !(await challenges.isOpen(key))) return;
      await challenges
        .issue({ key, contact: codeContact(user), rules, silent: false, client, onlyIfOpen: true })
        .catch((error: unknown) => {
          if (!(error instanceof AppError) || error.code !== 'code_expired') throw error;
        });
    },

    async finish(userId, code) {
      const user = await accountById(store, userId);
      if (!user) throw wrongCode();
      if (user.deactivated_at !== null) throw accountInactive();
      const given = { key: keyOf(userId), code, contact: deps.keys.of(codeContact(user)) };
      return provenInTwoSteps(await redeemLoginCode(deps, given, user));
    },
  };
}
