import { randomUUID } from 'node:crypto';
import type { Contract, RegistrationRow, Store } from '../../database/schema.js';
import { AppError, type ErrorCode } from '../errors.js';
import { orStoreUnavailable } from '../otp/or-store-unavailable.js';
import { accountWithPhone, accountWithProvenEmail, emailTaken, phoneTaken } from './accounts/accounts.js';
import { type ProvenAccount, provenInOneStep } from './accounts/proven.js';
import { accountOf } from './accounts/registered.js';
import { hashOf, provenPassword } from './accounts/registered-password.js';
import {
  endPending,
  isPending,
  keepPending,
  pendingById,
  pendingFor,
  pendingNear,
  storeRegistration,
} from './accounts/registrations.js';
import type { Profiles } from './accounts/user.js';
import { registering } from './challenge-keys.js';
import { type Asker, askerOf, isTold } from './clients/asker.js';
import { noteClient } from './clients/known-clients.js';
import { keptAs, wrongCode } from './codes/refusals.js';
import type { CodeRules, WantedCode } from './codes/sending.js';
import type { Contact } from './contact.js';
import type { CoreForClient } from './core.js';
import { hasRivals, tellAccountMade } from './notices/account-made.js';
import { type PasswordRules, requireFit } from './passwords/new-password.js';

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
  /** Rejects with password_unfit, phone_taken or email_taken (a proven address; not if strict), and like `Challenges.issue`. */
  start(request: SignUpRequest<C>): Promise<{ id: string; contact: Contact }>;
  /**
   * Another code for this client's registration. Resolves with its id and the contact that the code went to, or with `by`
   * when strict. Rejects with registration_unknown, unless strict, and like `start`.
   */
  resend(by: Contact): Promise<{ id: string; contact: Contact }>;
  /**
   * Creates the account of this client's registration for this contact, if the code was made for that very registration.
   * Rejects with registration_unknown (unless strict), phone_taken or email_taken, and like `Challenges.redeem`.
   */
  finish(by: Contact, code: string): Promise<ProvenAccount>;
}

export function createSignUp<C extends Contract>(
  deps: CoreForClient & {
    contract: C;
    rules: CodeRules;
    passwordRules: PasswordRules;
    /** Every start is a registration of its own; otherwise a client's newest one replaces its older ones for the same contact. */
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

  /**
   * Stores the code, its message and what it is for in one commit. `prepare` comes after all limits: a hash is dear.
   * Resolves with the id of the challenge.
   */
  async function sendCode<T>(
    wanted: Pick<WantedCode, 'contact' | 'silent' | 'registration'>,
    prepare: () => Promise<T>,
    storeIn: (trx: Store, prepared: T) => Promise<void>,
  ): Promise<string> {
    const key = registering(contract, keys.of(wanted.contact));
    const code = await challenges.reserve({ ...wanted, key, rules, client, asCold: strict });
    try {
      const prepared = await prepare();
      const stored = store.transaction().execute(async (trx) => {
        const id = await code.storeIn(trx);
        await storeIn(trx, prepared);
        return id;
      });
      const id = await orStoreUnavailable(stored);
      code.committed();
      return id;
    } finally {
      await code.release();
    }
  }

  const sought = async (by: Contact) => ({ ...by, keys: keys.all(by), asker: await askerOf(store, client) });

  return {
    async start({ phone, email, password, name, profile }) {
      if (password !== null) requireFit(password, deps.passwordRules, { phone, email, name });
      const taken = await takenBy(phone, email);
      if (taken && !strict) throw taken;
      const contact = contactOf(phone, email);
      const asker = await askerOf(store, client);
      const registration = {
        id: randomUUID(),
        contract,
        contact: keys.of(contact),
        phone,
        email,
        name,
        profile,
        created_at: clock.now(),
        client: asker.binding,
        network: asker.network,
      };
      const hashed = () => hashOf(passwords, password, () => beside(registration, asker));
      // Also stored when silent, so that wrong codes keep getting the same answers.
      await sendCode({ contact, silent: taken !== null, registration }, hashed, (trx, password_hash) =>
        storeRegistration(trx, { ...registration, password_hash }, !deps.separateStarts),
      ).catch(keptAs(registration.id));
      return { id: registration.id, contact };
    },

    async resend(by) {
      const [registration] = await pendingFor(store, contract, await sought(by), clock.now());
      if (!registration && !strict) throw unknownRegistration();
      const taken = registration ? await takenBy(registration.phone, registration.email) : null;
      if (taken && !strict) throw taken;
      const contact = registration ? contactOf(registration.phone, registration.email) : by;
      const wanted = {
        contact,
        silent: !registration || taken !== null,
        ...(registration && { registration }),
      };
      const nothing = async () => {};
      const sent = sendCode(wanted, nothing, async (trx) => {
        if (registration) await keepPending(trx, registration.id, keys.of(contact), clock.now());
      });
      const challenge = await (registration ? sent.catch(keptAs(registration.id)) : sent);
      // Where it went would reveal that there is a registration.
      return { id: registration?.id ?? challenge, contact: strict ? by : contact };
    },

    async finish(by, code) {
      const wanted = await sought(by);
      const waiting = await pendingFor(store, contract, wanted, clock.now());
      const isUnknown = waiting.length === 0 && !(await isPending(store, contract, wanted, clock.now()));
      if (isUnknown && !strict) throw unknownRegistration();
      const contacts = new Set(waiting.map(({ contact }) => contact));
      if (contacts.size === 0) contacts.add(keys.of(by));
      let refusal: unknown;
      for (const contact of contacts) {
        const registrations = waiting.filter((each) => each.contact === contact).map(({ id }) => id);
        const given = { key: registering(contract, contact), code, client, registrations };
        try {
          const { account, hadRivals } = await challenges.redeem(given, async (trx, _, id) => {
            const registration = id === null ? undefined : await pendingById(trx, contract, id, clock.now());
            if (!registration) throw wrongCode();
            const hadRivals = await hasRivals(trx, registration, wanted.asker, clock.now());
            const passwordHash = await provenPassword(trx, registration, wanted.asker, clock.now());
            const account = await accountOf(
              trx,
              registration,
              { passwordHash, twoFactor: false },
              clock.now(),
            );
            await endPending(trx, contract, contact);
            await noteClient(trx, account.id, client, clock.now());
            return { account, hadRivals };
          });
          await tellAccountMade(deps.notices, account, { hadRivals });
          return provenInOneStep(account, 'code');
        } catch (error) {
          if (!isAboutTheCode(error)) throw error;
          refusal ??= error;
        }
      }
      throw refusal;
    },
  };

  /** Registrations of clients that cannot be told from this one. */
  async function beside(
    registration: Pick<RegistrationRow, 'contract' | 'contact' | 'network'>,
    asker: Asker,
  ): Promise<RegistrationRow[]> {
    return isTold(asker) ? [] : await pendingNear(store, registration, clock.now());
  }
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
