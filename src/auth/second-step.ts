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
  /**
   * Another code, but only while one is expected. Resolves with the id of the challenge, or with one that leads nowhere:
   * whether a code was sent is not revealed.
   */
  repeat(userId: string): Promise<{ id: string }>;
  /** Rejects with account_inactive, and like `Challenges.redeem`. */
  finish(userId: string, code: string): Promise<ProvenAccount>;
}

/** Whoever did not type the password learns that somebody knows it. */
const PASSWORD_USED = 'Your password was just used to sign in.';

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
  const wanted = (userId: string) => ({
    key: keyOf(userId),
    rules,
    silent: false,
    client,
    sentence: PASSWORD_USED,
  });

  return {
    async begin({ id, epoch }) {
      const user = await accountById(store, id);
      if (!user || user.deactivated_at !== null || user.token_epoch !== epoch) throw accountInactive();
      const contact = codeContact(user);
      const challenge = await challenges.issue({ ...wanted(id), contact });
      return { id: challenge, contact };
    },

    async repeat(userId) {
      const key = keyOf(userId);
      const user = await accountById(store, userId);
      const nowhere = await challenges.idOfNone(key, client);
      if (!user || user.deactivated_at !== null || !(await challenges.isOpen(key))) return { id: nowhere };
      const id = await challenges
        .issue({ ...wanted(userId), contact: codeContact(user), onlyIfOpen: true })
        .catch((error: unknown) => {
          if (!(error instanceof AppError) || error.code !== 'code_expired') throw error;
          return nowhere;
        });
      return { id };
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
