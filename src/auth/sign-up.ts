import { randomUUID } from 'node:crypto';
import type { Contract, Store } from '../../database/schema.js';
import { AppError, type ErrorCode } from '../errors.js';
import { orStoreUnavailable } from '../otp/issue.js';
import { accountWithPhone, accountWithProvenEmail, emailTaken, phoneTaken } from './accounts/accounts.js';
import { type ProvenAccount, provenInOneStep } from './accounts/proven.js';
import { accountOf } from './accounts/registered.js';
import {
  endPending,
  keepPending,
  pendingAt,
  pendingContacts,
  pendingFor,
  storeRegistration,
} from './accounts/registrations.js';
import type { Profiles } from './accounts/user.js';
import { registering } from './challenge-keys.js';
import { wrongCode } from './codes/refusals.js';
import type { CodeRules } from './codes/sending.js';
import type { Contact } from './contact.js';
import type { CoreForClient } from './core.js';

export interface SignUpRequest<C extends Contract = Contract> {
  /** E.164, or null. With a phone the code goes over WhatsApp, otherwise to the address. */
  phone: string | null;
  email: string | null;
  /** Null: there is none (yet). */
  password: string | null;
  name: string | null;
  profile: Profiles[C];
}

/**
 * From a stranger to an account. Until its code is entered, a registration is not a user and occupies no contact. Strict:
 * a taken contact is answered like a free one, and an unknown registration like a known one, but no message goes out.
 */
export interface SignUp<C extends Contract = Contract> {
  /** Rejects with phone_taken or email_taken (a proven address), unless strict, and like `Challenges.issue`. */
  start(request: SignUpRequest<C>): Promise<{ id: string; contact: Contact }>;
  /**
   * Another code for a pending registration. Resolves with the contact it went to, or with `by` when strict. Rejects with
   * registration_unknown, unless strict, and like `start`.
   */
  resend(by: Contact): Promise<Contact>;
  /**
   * Creates the account of the pending registration for this contact. Rejects with registration_unknown (unless strict),
   * phone_taken or email_taken, and like `Challenges.redeem`.
   */
  finish(by: Contact, code: string): Promise<ProvenAccount>;
}

export function createSignUp<C extends Contract>(
  deps: CoreForClient & {
    contract: C;
    rules: CodeRules;
    /** Every start is a registration of its own; otherwise the newest one replaces older ones for the same contact. */
    separateStarts: boolean;
    strict: boolean;
  },
): SignUp<C> {
  const { store, clock, challenges, passwords, persons, keys, contract, rules, strict, client } = deps;

  /** Why the contacts cannot become a new account, or null. Checks both: the time must not reveal which is taken. */
  async function takenBy(phone: string | null, email: string | null): Promise<AppError | null> {
    const withPhone = phone !== null && (await accountWithPhone(store, persons.spellingsOf(phone)));
    const withEmail = email !== null && (await accountWithProvenEmail(store, email));
    if (withPhone) return phoneTaken();
    return withEmail ? emailTaken() : null;
  }

  /** Stores the code, its message and what it is for in one commit. `prepare` comes after all limits: a hash is dear. */
  async function sendCode<T>(
    contact: Contact,
    { silent }: { silent: boolean },
    prepare: () => Promise<T>,
    storeIn: (trx: Store, prepared: T) => Promise<void>,
  ): Promise<void> {
    const key = registering(contract, keys.of(contact));
    const code = await challenges.reserve({ key, contact, rules, silent, client });
    try {
      const prepared = await prepare();
      const stored = store.transaction().execute(async (trx) => {
        await code.storeIn(trx);
        await storeIn(trx, prepared);
      });
      await orStoreUnavailable(stored);
      code.committed();
    } finally {
      await code.release();
    }
  }

  const sought = (by: Contact) => ({ ...by, keys: keys.all(by) });

  return {
    async start({ phone, email, password, name, profile }) {
      const taken = await takenBy(phone, email);
      if (taken && !strict) throw taken;
      const contact = contactOf(phone, email);
      const id = randomUUID();
      const registration = {
        id,
        contract,
        contact: keys.of(contact),
        phone,
        email,
        name,
        profile,
        created_at: clock.now(),
      };
      const hashed = async () => (password === null ? null : await passwords.hash(password));
      // Also stored when silent, so that wrong codes keep getting the same answers.
      await sendCode(contact, { silent: taken !== null }, hashed, (trx, password_hash) =>
        storeRegistration(trx, { ...registration, password_hash }, !deps.separateStarts),
      );
      return { id, contact };
    },

    async resend(by) {
      const registration = await pendingFor(store, contract, sought(by), clock.now());
      if (!registration && !strict) throw unknownRegistration();
      const taken = registration ? await takenBy(registration.phone, registration.email) : null;
      if (taken && !strict) throw taken;
      const contact = registration ? contactOf(registration.phone, registration.email) : by;
      const silent = !registration || taken !== null;
      const nothing = async () => {};
      await sendCode(contact, { silent }, nothing, async (trx) => {
        if (registration) await keepPending(trx, registration.id, keys.of(contact), clock.now());
      });
      // Where it went would reveal that there is a registration.
      return strict ? by : contact;
    },

    async finish(by, code) {
      const contacts = await pendingContacts(store, contract, sought(by), clock.now());
      if (contacts.length === 0 && !strict) throw unknownRegistration();
      if (contacts.length === 0) contacts.push(keys.of(by));
      let refusal: unknown;
      for (const contact of contacts) {
        try {
          const key = registering(contract, contact);
          return await challenges.redeem({ key, code, client }, async (trx) => {
            const registration = await pendingAt(trx, contract, [contact], clock.now());
            const isMeant = by.kind === 'phone' || registration?.email === by.value;
            if (!registration || !isMeant) throw wrongCode();
            const asks = { passwordHash: registration.password_hash, twoFactor: false };
            const account = await accountOf(trx, registration, asks, clock.now());
            await endPending(trx, contract, contact);
            return provenInOneStep(account);
          });
        } catch (error) {
          if (!isAboutTheCode(error)) throw error;
          refusal ??= error;
        }
      }
      throw refusal;
    },
  };
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
