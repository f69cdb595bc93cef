import type { Store, UserRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Persons } from '../../delivery/queue/persons.js';
import { accountWithPhone, accountWithProvenEmail, forgetTries } from '../accounts/accounts.js';
import type { Client } from '../clients/client.js';
import type { PasswordTries } from '../clients/password-tries.js';
import type { ChallengeKey } from '../codes/challenge-rows.js';
import type { Challenges } from '../codes/challenges.js';
import { type IssuedAlike, issueAlike } from '../codes/issue-alike.js';
import { wrongCode } from '../codes/refusals.js';
import type { CodeRules } from '../codes/sending.js';
import type { Contact } from '../contact.js';
import type { ContactKeys } from '../contact-keys.js';
import { type Notices, noticeContact } from '../notices/notices.js';
import { type PasswordRules, requireFit } from '../passwords/new-password.js';
import type { Passwords } from '../passwords/passwords.js';
import { lockAccount, setPassword } from './set-password.js';

/** For people who cannot sign in. Contacts with an account and those without are answered alike, at the same cost. */
export interface ForgottenPassword {
  /** A code for the account that has proven this contact, if there is one, like `issueAlike`. */
  sendCode(contact: Contact): Promise<Pick<IssuedAlike, 'userFirst'>>;
  /**
   * Signs nobody in, ends all tokens, leaves a second step as it is, and is told to the account's contact. Rejects with password_unfit and like
   * `Challenges.redeem`.
   */
  reset(contact: Contact, code: string, newPassword: string): Promise<void>;
}

export function createForgottenPassword(deps: {
  store: Store;
  clock: Clock;
  challenges: Pick<Challenges, 'issue' | 'redeem'>;
  passwords: Passwords;
  passwordTries: PasswordTries;
  persons: Pick<Persons, 'spellingsOf'>;
  keys: ContactKeys;
  notices: Notices;
  rules: { codes: CodeRules; passwords: PasswordRules };
  client: Client;
}): ForgottenPassword {
  const { store, clock, challenges, passwords, persons, keys, rules, client } = deps;

  async function ownerOf({ kind, value }: Contact): Promise<UserRow | null> {
    const found =
      kind === 'phone'
        ? await accountWithPhone(store, persons.spellingsOf(value))
        : await accountWithProvenEmail(store, value);
    return found && found.deactivated_at === null ? found : null;
  }

  /** A silent code has its own subject, so that it can be awaited and guessed at like any other. */
  const keyOf = (user: UserRow | null, contact: Contact): ChallengeKey => ({
    contract: 'account',
    purpose: 'reset',
    subject: user?.id ?? keys.of(contact),
  });

  return {
    async sendCode(contact) {
      const user = await ownerOf(contact);
      const wanted = { key: keyOf(user, contact), contact, rules: rules.codes, client };
      return await issueAlike(challenges, { ...wanted, silent: user === null });
    },

    async reset(contact, code, newPassword) {
      const { kind, value } = contact;
      const typed = { email: null, phone: null, name: null, [kind]: value };
      requireFit(newPassword, rules.passwords, typed);
      const user = await ownerOf(contact);
      let hash = '';
      const prepare = async () => {
        if (!user) throw wrongCode();
        // Only now: it depends on who it is.
        requireFit(newPassword, rules.passwords, user);
        hash = await passwords.hash(newPassword);
      };
      const lock = async (trx: Store) => (user ? await lockAccount(trx, user.id) : undefined);
      const given = { key: keyOf(user, contact), code, contact: keys.of(contact), client, prepare, lock };
      await challenges.redeem(given, async (trx, sentTo) => {
        const changed = user && (await setPassword(trx, user, { hash, provenBy: sentTo }, clock.now()));
        if (!changed) throw wrongCode();
      });
      if (!user) return;
      await forgetTries(store, deps.passwordTries, user);
      const told = noticeContact(user);
      if (told) await deps.notices.send(told, 'password_changed');
    },
  };
}
