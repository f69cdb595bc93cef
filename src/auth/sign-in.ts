import type { Contract, UserRow } from '../../database/schema.js';
import { AppError } from '../errors.js';
import {
  accountInactive,
  accountWithEmail,
  accountWithPhone,
  accountWithProvenEmail,
  importedHash,
  requireSingleStep,
} from './accounts/accounts.js';
import { type ProvenAccount, provenInOneStep } from './accounts/proven.js';
import { signingIn } from './challenge-keys.js';
import { isKnownClient } from './clients/known-clients.js';
import { type IssuedAlike, issueAlike } from './codes/issue-alike.js';
import type { CodeRules } from './codes/sending.js';
import { type Contact, parseEmail } from './contact.js';
import type { CoreForClient } from './core.js';
import { redeemLoginCode } from './login-codes.js';
import { noticeContact } from './notices/notices.js';

/** Proves in one step that somebody owns an account. `Door.complete` turns the proof into a sign-in. */
export interface SignIn {
  /**
   * By address and password. Rejects with credentials_wrong (unknown or wrong, in the same time), account_inactive,
   * rate_limited, or uses_google, which strict contracts do not reveal.
   */
  byPassword(email: string, password: string): Promise<ProvenAccount>;
  /** Whether this client has signed in lately to an account with this contact. */
  isKnownHere(contact: Contact): Promise<boolean>;
  /** Whether an account has proven this address. */
  isProven(email: string): Promise<boolean>;
  /**
   * Sends a code to an account's phone. Resolves with the id of the challenge. Rejects with account_unknown, two_factor_required, and like `Challenges.issue`.
   * Strict: like `issueAlike`, also for unknown accounts, to which nothing is sent.
   */
  requestCode(phone: string): Promise<IssuedAlike>;
  /**
   * By the code that came to the phone. Rejects with account_unknown, two_factor_required, and like `Challenges.redeem`;
   * strict: only like the latter, even for unknown accounts.
   */
  byCode(phone: string, code: string): Promise<ProvenAccount>;
}

export function createSignIn(
  deps: CoreForClient & {
    contract: Contract;
    rules: CodeRules;
    strict: boolean;
  },
): SignIn {
  const { store, challenges, passwords, persons, keys, contract, strict, client } = deps;

  async function renewHash(user: UserRow, password: string): Promise<void> {
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

  /** Throws account_unknown or two_factor_required. */
  async function accountThatTakesCodes(phone: string): Promise<UserRow> {
    const user = await accountWithPhone(store, persons.spellingsOf(phone));
    if (!user || user.deactivated_at !== null) {
      throw new AppError('account_unknown', 'There is no account with this phone number.');
    }
    requireSingleStep(user);
    return user;
  }

  /** Strict: null instead of a refusal. */
  async function byPhone(phone: string): Promise<UserRow | null> {
    return await accountThatTakesCodes(phone).catch((error: unknown) => {
      if (strict && error instanceof AppError) return null;
      throw error;
    });
  }

  /** A silent code has its own subject, so that it can be awaited and guessed at like any other. */
  const codeFor = (user: UserRow | null, phone: string) =>
    signingIn(contract, user?.id ?? keys.of({ kind: 'phone', value: phone }));

  function accountWith({ kind, value }: Contact): Promise<UserRow | undefined> {
    if (kind === 'email') return accountWithEmail(store, value);
    return accountWithPhone(store, persons.spellingsOf(value));
  }

  return {
    async isKnownHere(contact) {
      const user = await accountWith(contact);
      return await isKnownClient(store, user ? [user.id] : [], client, deps.clock.now());
    },

    isProven: async (email) => (await accountWithProvenEmail(store, email)) !== undefined,

    async byPassword(email, password) {
      const mailbox = parseEmail(email);
      const user = mailbox === null ? undefined : await accountWithEmail(store, mailbox);
      const hasPassword = user !== undefined && user.password_hash !== null;
      const counted = await deps.passwordTries.begin(mailbox, hasPassword ? [user] : [], client);
      const isRight = await passwords
        .matches(password, user?.password_hash ?? null, strict ? await importedHash(store) : null)
        .catch(async (error: unknown) => {
          await counted.wasNotCompared();
          throw error;
        });
      if (isRight && user) {
        await counted.wasRight();
        if (user.deactivated_at !== null) throw accountInactive();
        await renewHash(user, password);
        return provenInOneStep(user, 'password');
      }
      const told = user && noticeContact(user);
      // After the answer, whose time must not reveal that there is somebody to tell.
      if ((await counted.wasWrong()) && told) {
        setImmediate(() => void deps.notices.send(told, 'many_wrong_passwords'));
      }
      if (!strict && user && user.password_hash === null && user.email_verified_at !== null) {
        throw new AppError('uses_google', 'This account signs in with Google.');
      }
      throw new AppError('credentials_wrong', 'The e-mail address or the password is wrong.');
    },

    async requestCode(phone) {
      const user = await byPhone(phone);
      const wanted = {
        key: codeFor(user, phone),
        contact: { kind: 'phone' as const, value: phone },
        rules: deps.rules,
        client,
        silent: user === null,
      };
      return strict ? await issueAlike(challenges, wanted) : { id: await challenges.issue(wanted) };
    },

    async byCode(phone, code) {
      const user = await byPhone(phone);
      const given = { key: codeFor(user, phone), code, contact: keys.of({ kind: 'phone', value: phone }) };
      return provenInOneStep(await redeemLoginCode(deps, given, user), 'code');
    },
  };
}
