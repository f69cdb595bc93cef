import { randomUUID } from 'node:crypto';
import type { Contract, RegistrationRow, Store, UserRow } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Persons } from '../delivery/queue/persons.js';
import { AppError, type ErrorCode } from '../errors.js';
import { orStoreUnavailable } from '../otp/issue.js';
import {
  accountById,
  accountWithPhone,
  accountWithProvenEmail,
  createAccount,
  emailTaken,
  phoneTaken,
} from './accounts/accounts.js';
import {
  endPending,
  endVerified,
  isCompletable,
  keepPending,
  markVerified,
  pendingAt,
  pendingContacts,
  pendingFor,
  registrationById,
  storeRegistration,
} from './accounts/registrations.js';
import { type ChallengeKey, type Challenges, type CodeRules, wrongCode } from './codes/challenges.js';
import type { Contact } from './contact.js';
import type { ContactKeys } from './contact-keys.js';
import type { Passwords } from './passwords.js';

export interface SignUpRequest {
  contract: Contract;
  rules: CodeRules;
  /** E.164, or null. With a phone the code goes over WhatsApp, else to the address. */
  phone: string | null;
  email: string | null;
  /** Null: there is none (yet). */
  password: string | null;
  name: string | null;
  profile: Record<string, unknown>;
  /** A taken contact is answered like a free one; only the message is missing. */
  hushed: boolean;
  /** Every start is a registration of its own; otherwise the newest for a contact takes the place of the older. */
  separate?: boolean;
}

/** From a stranger to an account. Until its code came back, a registration is not a user and occupies nothing. */
export interface SignUp {
  /** Rejects with phone_taken or email_taken (a proven address), and as `Challenges.issue`. */
  start(request: SignUpRequest): Promise<{ id: string; contact: Contact }>;
  /** Another code for a pending registration. Rejects with registration_unknown, and as `start`. */
  resend(contract: Contract, by: Contact, rules: CodeRules, hushed: boolean): Promise<Contact>;
  /**
   * Makes the account of the pending registration for this contact. Rejects with registration_unknown (unless `hushed`:
   * then like one that is known), phone_taken or email_taken, and as `Challenges.redeem`.
   */
  finish(contract: Contract, by: Contact, code: string, hushed?: boolean): Promise<UserRow>;
  /** Proves the contact of this one registration. Rejects as `Challenges.redeem`. */
  verify(contract: Contract, id: string, code: string): Promise<void>;
  /**
   * The last step of a verified registration. Rejects with registration_unverified, registration_completed, or
   * phone_taken and email_taken when somebody else was faster.
   */
  complete(contract: Contract, id: string, password: string): Promise<UserRow>;
}

export function createSignUp(deps: {
  store: Store;
  clock: Clock;
  challenges: Challenges;
  passwords: Passwords;
  persons: Pick<Persons, 'spellingsOf'>;
  keys: ContactKeys;
}): SignUp {
  const { store, clock, challenges, passwords, persons, keys } = deps;

  /** Why the contacts cannot become a new account, or null. Asks for both: the time must not tell which is taken. */
  async function takenBy(db: Store, phone: string | null, email: string | null): Promise<AppError | null> {
    const withPhone = phone !== null && (await accountWithPhone(db, persons.spellingsOf(phone)));
    const withEmail = email !== null && (await accountWithProvenEmail(db, email));
    if (withPhone) return phoneTaken();
    return withEmail ? emailTaken() : null;
  }

  const sought = (by: Contact) => ({ ...by, keys: keys.all(by) });

  /** The code proves the contact that it was sent to; an address beside a phone stays a label. */
  async function accountFrom(
    trx: Store,
    registration: RegistrationRow,
    passwordHash: string | null,
    twoFactor: boolean,
  ): Promise<UserRow> {
    return await createAccount(
      trx,
      {
        ...registration,
        emailProven: registration.email !== null && registration.phone === null,
        passwordHash,
        twoFactor,
        profile: JSON.parse(registration.profile) as Record<string, unknown>,
      },
      clock.now(),
    );
  }

  return {
    async start({ contract, rules, phone, email, password, name, profile, hushed, separate = false }) {
      const taken = await takenBy(store, phone, email);
      if (taken && !hushed) throw taken;
      const contact = contactOf(phone, email);
      const id = randomUUID();
      const registration = {
        id,
        contract,
        contact: keys.of(contact),
        phone,
        email,
        password_hash: password === null ? null : await passwords.hash(password),
        name,
        profile,
        created_at: clock.now(),
      };
      const code = await challenges.reserve({
        key: registering(contract, registration.contact),
        contact,
        rules,
        nobody: taken !== null,
      });
      try {
        const stored = store.transaction().execute(async (trx) => {
          await code.storeIn(trx);
          // Also when nothing is sent: wrong codes are answered alike, again and again.
          await storeRegistration(trx, registration, !separate);
        });
        await orStoreUnavailable(stored);
        code.committed();
      } finally {
        await code.release();
      }
      return { id, contact };
    },

    async resend(contract, by, rules, hushed) {
      const registration = await pendingFor(store, contract, sought(by), clock.now());
      if (!registration && !hushed) throw unknownRegistration();
      const taken = registration ? await takenBy(store, registration.phone, registration.email) : null;
      if (taken && !hushed) throw taken;
      const contact = registration ? contactOf(registration.phone, registration.email) : by;
      const code = await challenges.reserve({
        key: registering(contract, keys.of(contact)),
        contact,
        rules,
        nobody: !registration || taken !== null,
      });
      try {
        const stored = store.transaction().execute(async (trx) => {
          await code.storeIn(trx);
          if (registration) await keepPending(trx, registration.id, keys.of(contact), clock.now());
        });
        await orStoreUnavailable(stored);
        code.committed();
      } finally {
        await code.release();
      }
      return contact;
    },

    async finish(contract, by, code, hushed = false) {
      const contacts = await pendingContacts(store, contract, sought(by), clock.now());
      if (contacts.length === 0 && !hushed) throw unknownRegistration();
      if (contacts.length === 0) contacts.push(keys.of(by));
      let refusal: unknown;
      for (const contact of contacts) {
        try {
          return await challenges.redeem(registering(contract, contact), code, async (trx) => {
            const registration = await pendingAt(trx, contract, [contact], clock.now());
            const isMeant = by.kind === 'phone' || registration?.email === by.value;
            if (!registration || !isMeant) throw wrongCode();
            const user = await accountFrom(trx, registration, registration.password_hash, false);
            await endPending(trx, contract, contact);
            return user;
          });
        } catch (error) {
          if (!isAboutTheCode(error)) throw error;
          refusal ??= error;
        }
      }
      throw refusal;
    },

    async verify(contract, id, code) {
      const registration = await registrationById(store, contract, id);
      if (!registration || registration.verified_at !== null) throw wrongCode();
      await challenges.redeem(registering(contract, registration.contact), code, async (trx) => {
        if (!(await markVerified(trx, id, clock.now()))) throw wrongCode();
      });
    },

    async complete(contract, id, password) {
      const registration = await registrationById(store, contract, id);
      // A completed registration goes after a while; the account has its id.
      if (registration?.completed_at || (!registration && (await accountById(store, id)))) throw completed();
      if (!registration || !isCompletable(registration, clock.now())) throw unverified();
      const passwordHash = await passwords.hash(password);
      const account = store.transaction().execute(async (trx) => {
        const user = await accountFrom(trx, registration, passwordHash, true);
        if (!(await endVerified(trx, contract, id, clock.now()))) throw unverified();
        return user;
      });
      return await account.catch(async (error: unknown) => {
        const now = await registrationById(store, contract, id);
        throw now?.completed_at ? completed() : error;
      });
    },
  };
}

function registering(contract: Contract, contact: string): ChallengeKey {
  return { contract, purpose: 'register', subject: contact };
}

/** A code for another contact may still be the right one. */
function isAboutTheCode(error: unknown): boolean {
  const codes: ErrorCode[] = ['code_invalid', 'code_expired', 'code_attempts_blocked'];
  return error instanceof AppError && codes.includes(error.code);
}

function contactOf(phone: string | null, email: string | null): Contact {
  if (phone !== null) return { kind: 'phone', value: phone };
  if (email !== null) return { kind: 'email', value: email };
  throw new Error('A registration needs a phone or an address.');
}

const unknownRegistration = () => new AppError('registration_unknown', 'There is no such registration.');
const unverified = () => new AppError('registration_unverified', 'The contact is not verified yet.');
const completed = () => new AppError('registration_completed', 'The account is complete already.');
