import type { Store, UserRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import { accountById, forgetTries } from '../accounts/accounts.js';
import type { Client } from '../clients/client.js';
import type { PasswordTries } from '../clients/password-tries.js';
import type { ChallengeKey } from '../codes/challenge-rows.js';
import type { Challenges } from '../codes/challenges.js';
import { codeContact } from '../codes/code-contact.js';
import type { CodeRules } from '../codes/sending.js';
import type { Contact } from '../contact.js';
import type { ContactKeys } from '../contact-keys.js';
import { type Notices, noticeContact } from '../notices/notices.js';
import type { NoticeKind } from '../notices/texts.js';
import { type PasswordRules, requireFit } from '../passwords/new-password.js';
import type { Passwords } from '../passwords/passwords.js';
import { lockAccount, setPassword } from './set-password.js';

/** Whose token was valid a moment ago. Everything here rejects with token_invalid if it is no longer. */
export interface Holder {
  id: string;
  /** Of its tokens (`TokenCheck`). */
  epoch: number;
}

/**
 * What people who are signed in do with their own account. Each change ends all its tokens, those of all contracts, and is
 * told to its contact.
 */
export interface OwnAccount {
  /** Sends the code that `changePassword` takes, to a contact of the account that is proven. Rejects like `Challenges.issue`. */
  sendCode(holder: Holder): Promise<Contact>;
  /**
   * Rejects with password_unfit, and with credentials_wrong or rate_limited for a wrong current password, or like
   * `Challenges.redeem` for a wrong code.
   */
  changePassword(
    holder: Holder,
    by: { currentPassword: string } | { code: string },
    newPassword: string,
  ): Promise<void>;
  endTokens(holder: Holder): Promise<void>;
}

export function createOwnAccount(deps: {
  store: Store;
  clock: Clock;
  challenges: Pick<Challenges, 'issue' | 'redeem'>;
  passwords: Passwords;
  passwordTries: PasswordTries;
  keys: ContactKeys;
  notices: Notices;
  rules: { codes: CodeRules; passwords: PasswordRules };
  client: Client;
}): OwnAccount {
  const { store, clock, challenges, passwords, passwordTries, keys, rules, client } = deps;
  const keyOf = (subject: string): ChallengeKey => ({ contract: 'account', purpose: 'password', subject });

  async function present({ id, epoch }: Holder): Promise<UserRow> {
    const user = await accountById(store, id);
    if (!user || user.deactivated_at !== null || user.token_epoch !== epoch) throw ended();
    return user;
  }

  /** Rejects with credentials_wrong or rate_limited. */
  async function requirePassword(user: UserRow, password: string): Promise<void> {
    // Under a mere claim to an address, a right password would clear the tries of whoever has it.
    const isProven = user.email !== null && user.email_verified_at !== null;
    const counted = await passwordTries.begin((isProven && user.email) || user.id, [user], client);
    const isRight = await passwords.matches(password, user.password_hash).catch(async (error: unknown) => {
      await counted.wasNotCompared();
      throw error;
    });
    if (isRight) return await counted.wasRight();
    if (await counted.wasWrong()) await tell(user, 'many_wrong_passwords');
    throw new AppError('credentials_wrong', 'The current password is wrong.');
  }

  async function tell(user: UserRow, kind: NoticeKind): Promise<void> {
    const contact = noticeContact(user);
    if (contact) await deps.notices.send(contact, kind);
  }

  async function set(trx: Store, user: UserRow, hash: string, provenBy: string | null): Promise<void> {
    if (!(await setPassword(trx, user, { hash, provenBy }, clock.now()))) throw ended();
  }

  return {
    async sendCode(holder) {
      const contact = codeContact(await present(holder));
      await challenges.issue({ key: keyOf(holder.id), contact, rules: rules.codes, silent: false, client });
      return contact;
    },

    async changePassword(holder, by, newPassword) {
      const user = await present(holder);
      requireFit(newPassword, rules.passwords, user);
      if ('currentPassword' in by) {
        await requirePassword(user, by.currentPassword);
        const hash = await passwords.hash(newPassword);
        await store.transaction().execute((trx) => set(trx, user, hash, null));
        return await tell(user, 'password_changed');
      }
      let hash = '';
      const given = { key: keyOf(user.id), code: by.code, contact: keys.of(codeContact(user)), client };
      const prepare = async () => {
        hash = await passwords.hash(newPassword);
      };
      const lock = (trx: Store) => lockAccount(trx, user.id);
      await challenges.redeem({ ...given, prepare, lock }, (trx, sentTo) => set(trx, user, hash, sentTo));
      await forgetTries(store, passwordTries, user);
      await tell(user, 'password_changed');
    },

    async endTokens({ id, epoch }) {
      const user = await store.transaction().execute(async (trx) => {
        const changed = await trx
          .updateTable('users')
          .set({ token_epoch: epoch + 1, updated_at: clock.now() })
          .where('id', '=', id)
          .where('token_epoch', '=', epoch)
          .returningAll()
          .executeTakeFirst();
        // Whoever has only the password by now must not get in by what was begun before.
        if (changed) await trx.deleteFrom('challenges').where('subject', '=', id).execute();
        return changed;
      });
      if (!user) throw ended();
      await tell(user, 'signed_out_everywhere');
    },
  };
}

const ended = () => new AppError('token_invalid', 'Invalid or expired token');
