import type { Contract, Store, UserRow } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Persons } from '../delivery/queue/persons.js';
import { AppError } from '../errors.js';
import {
  accountById,
  accountInactive,
  accountsWithEmail,
  accountWithPhone,
  accountWithProvenEmail,
  noteLogin,
  notePhoneUse,
  requireSingleStep,
} from './accounts/accounts.js';
import { type ChallengeKey, type Challenges, type CodeRules, wrongCode } from './codes/challenges.js';
import { type Contact, parseEmail } from './contact.js';
import { type ContactKeys, PHONE_KEY } from './contact-keys.js';
import type { Passwords } from './passwords.js';

/** From an account to a sign-in that has succeeded. Who gets a token for it is the caller's business. */
export interface SignIn {
  /**
   * The account with this address and password, whatever else it may need. Rejects with credentials_wrong (unknown or
   * wrong, in the same time), account_inactive, or uses_google unless `hushed`.
   */
  byPassword(email: string, password: string, hushed: boolean): Promise<UserRow>;
  /** An account has proven this address. */
  isProven(email: string): Promise<boolean>;
  /** Rejects with two_factor_required: a single step is not enough for this account. */
  requireSingleStep(user: UserRow): void;
  /**
   * Sends a code to an account's phone. Rejects with account_unknown, two_factor_required, and as `Challenges.issue`.
   * `hushed`: unknown accounts are answered like known ones.
   */
  requestCode(contract: Contract, phone: string, rules: CodeRules, hushed: boolean): Promise<void>;
  /**
   * Rejects with account_unknown, two_factor_required, and as `Challenges.redeem`; `hushed`: only with the latter, for
   * unknown accounts, too.
   */
  byCode(contract: Contract, phone: string, code: string, hushed?: boolean): Promise<UserRow>;
  /** After the right password: the second step's code, over WhatsApp when the account has a phone, else by e-mail. */
  beginSecondStep(user: UserRow, rules: CodeRules): Promise<Contact>;
  /** Another code, only while one is waited for; says nothing about whether that is so. */
  repeatSecondStep(userId: string, rules: CodeRules): Promise<void>;
  /** Rejects with account_inactive, and as `Challenges.redeem`. */
  finishSecondStep(userId: string, code: string): Promise<UserRow>;
  /** Notes when and from where. Rejects with account_inactive when the account has changed since it was looked at. */
  succeeded(user: UserRow, address: string): Promise<UserRow>;
}

export function createSignIn(deps: {
  store: Store;
  clock: Clock;
  challenges: Challenges;
  passwords: Passwords;
  persons: Pick<Persons, 'spellingsOf'>;
  keys: ContactKeys;
}): SignIn {
  const { store, clock, challenges, passwords, persons, keys } = deps;

  async function upgrade(user: UserRow, password: string): Promise<void> {
    if (user.password_hash === null) return;
    const renewed = await passwords.renewed(password, user.password_hash);
    if (renewed === null) return;
    await store
      .updateTable('users')
      .set({ password_hash: renewed })
      .where('id', '=', user.id)
      .where('password_hash', '=', user.password_hash)
      .execute();
  }

  async function activeByPhone(phone: string): Promise<UserRow> {
    const user = await accountWithPhone(store, persons.spellingsOf(phone));
    if (!user || user.deactivated_at !== null) throw unknown();
    requireSingleStep(user);
    return user;
  }

  /** For `hushed`: null instead of an account that cannot be signed in to with a code. */
  async function byPhone(phone: string, hushed: boolean): Promise<UserRow | null> {
    return await activeByPhone(phone).catch((error: unknown) => {
      if (hushed && error instanceof AppError) return null;
      throw error;
    });
  }

  /** Nobody's code has a subject of its own: it can be waited for and guessed at like any other. */
  const codeFor = (contract: Contract, user: UserRow | null, phone: string) =>
    signingIn(contract, user?.id ?? keys.of({ kind: 'phone', value: phone }));

  /** Still there, still active. */
  async function present(trx: Store, user: UserRow | null): Promise<UserRow> {
    const now = user && (await accountById(trx, user.id));
    if (!now) throw wrongCode();
    if (now.deactivated_at !== null) throw accountInactive();
    return now;
  }

  /** Uses up the code, and notes when it came to the phone. */
  async function redeem(key: ChallengeKey, code: string, user: UserRow | null): Promise<UserRow> {
    const [found, sentTo] = await challenges.redeem(key, code, async (trx, contact) => {
      return [await present(trx, user), contact] as const;
    });
    if (sentTo.startsWith(PHONE_KEY)) await notePhoneUse(store, found.id, clock.now());
    return found;
  }

  return {
    isProven: async (email) => (await accountWithProvenEmail(store, email)) !== undefined,

    async byPassword(email, password, hushed) {
      const address = parseEmail(email);
      const accounts = address === null ? [] : await accountsWithEmail(store, address);
      const candidates = accounts.filter((user) => user.password_hash !== null);
      for (const user of candidates) {
        if (!(await passwords.matches(password, user.password_hash))) continue;
        if (user.deactivated_at !== null) throw accountInactive();
        await upgrade(user, password);
        return user;
      }
      if (candidates.length === 0) await passwords.matches(password, null);
      const [first] = accounts;
      if (!hushed && first && first.password_hash === null && first.email_verified_at !== null) {
        throw new AppError('uses_google', 'This account signs in with Google.');
      }
      throw new AppError('credentials_wrong', 'The e-mail address or the password is wrong.');
    },

    requireSingleStep,

    async requestCode(contract, phone, rules, hushed) {
      const user = await byPhone(phone, hushed);
      await challenges.issue({
        key: codeFor(contract, user, phone),
        contact: { kind: 'phone', value: phone },
        rules,
        nobody: user === null,
      });
    },

    async byCode(contract, phone, code, hushed = false) {
      const user = await byPhone(phone, hushed);
      return await redeem(codeFor(contract, user, phone), code, user);
    },

    async beginSecondStep(user, rules) {
      const contact = contactOf(user);
      await challenges.issue({ key: signingIn('two-factor', user.id), contact, rules });
      return contact;
    },

    async repeatSecondStep(userId, rules) {
      const key = signingIn('two-factor', userId);
      const user = await accountById(store, userId);
      if (!user || user.deactivated_at !== null || !(await challenges.isOpen(key))) return;
      await challenges
        .issue({ key, contact: contactOf(user), rules, onlyIfOpen: true })
        .catch((error: unknown) => {
          if (!(error instanceof AppError) || error.code !== 'code_expired') throw error;
        });
    },

    async finishSecondStep(userId, code) {
      const user = await accountById(store, userId);
      if (!user) throw wrongCode();
      if (user.deactivated_at !== null) throw accountInactive();
      return await redeem(signingIn('two-factor', userId), code, user);
    },

    succeeded: (user, address) => noteLogin(store, user, address, clock.now()),
  };
}

function signingIn(contract: Contract, subject: string): ChallengeKey {
  return { contract, purpose: 'login', subject };
}

function contactOf(user: UserRow): Contact {
  if (user.phone !== null) return { kind: 'phone', value: user.phone };
  if (user.email !== null && user.email_verified_at !== null) return { kind: 'email', value: user.email };
  throw new AppError('account_inactive', 'This account has no contact that a code could be sent to.');
}

const unknown = () => new AppError('account_unknown', 'There is no account with this phone number.');
