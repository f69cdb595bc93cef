import type { Contract, Store } from '../../database/schema.js';
import type { Floods } from '../alarms/floods.js';
import type { Clock } from '../clock.js';
import type { Persons } from '../delivery/queue/persons.js';
import type { Limits } from '../limits/index.js';
import type { CodeIssuer } from '../otp/issue.js';
import type { KeyedHash } from '../sealing.js';
import { createUsers, type Users } from './accounts/users.js';
import { createPasswordTries } from './clients/password-tries.js';
import { createChallenges } from './codes/challenges.js';
import { createCodeFailures } from './codes/code-failures.js';
import { createMissedNumbers, type MissedNumbers } from './codes/missed-numbers.js';
import { noteWrongCodes } from './codes/noted-challenges.js';
import { createSendLimits } from './codes/send-limits.js';
import type { Sending } from './codes/sending.js';
import { createContactKeys } from './contact-keys.js';
import { createDoor, type Door } from './door.js';
import { createHistory, type History } from './history/history.js';
import type { Notices } from './notices/notices.js';
import { createPasswords, type SharedPasswords } from './passwords/passwords.js';
import { accountRules } from './rules.js';
import { createSelfService, type SelfService } from './self-service/self-service.js';
import type { PreviousSecret } from './tokens.js';

/** The sign-in core: rules for all contracts. It knows nothing about HTTP. */
export interface Auth {
  for<C extends Contract>(contract: C): Door<C>;
  users: Users;
  history: History;
  selfService: SelfService;
  /** Removes expired codes. Resolves with how many. */
  cleanUpCodes(): Promise<number>;
  missedNumbers: MissedNumbers;
  settings: Pick<AuthSettings, 'defaultCountry' | 'production'>;
}

export interface AuthSettings {
  /** Known and unknown accounts get the same answers; codes and passwords are longer. */
  strict: boolean;
  /** ISO 3166-1 alpha-2: the country whose national numbers are read and shown. */
  defaultCountry: string;
  jwtSecret: string;
  previousJwtSecret?: PreviousSecret | null;
  issuer: string;
  /** Of phone and whatsapp tokens. */
  jwtLifetimeMs: number;
  production: boolean;
}

export function createAuth(deps: {
  store: Store;
  clock: Clock;
  issuer: Pick<CodeIssuer, 'reserve' | 'answered'>;
  persons: Pick<Persons, 'personOf' | 'spellingsOf'>;
  limits: Limits;
  floods: Pick<Floods, 'note'>;
  notices: Notices;
  challengeHash: KeyedHash;
  settings: AuthSettings;
  passwords?: SharedPasswords;
  /** The same, whose refusals are told to others. */
  toldSending?(sending: Sending): Sending;
}): Auth {
  const { store, clock, persons, floods, notices, settings, passwords = createPasswords() } = deps;
  const keys = createContactKeys(persons);
  const { toldSending = (sending) => sending } = deps;
  const made = createChallenges({
    store,
    clock,
    issuer: deps.issuer,
    sends: createSendLimits({ store, clock }),
    limits: deps.limits,
    failures: createCodeFailures({ store, clock }),
    keys,
    keyedHash: deps.challengeHash,
  });
  const challenges = noteWrongCodes({ ...made, ...toldSending(made) }, floods);
  const passwordTries = createPasswordTries({ store, clock, floods, limits: deps.limits });
  const core = { store, clock, challenges, passwords, passwordTries, persons, keys, notices };
  return {
    for: (contract) => createDoor(core, contract, settings),
    users: createUsers({ store, clock }),
    history: createHistory({ store, clock, limits: deps.limits, keys }),
    selfService: createSelfService({ ...core, rules: accountRules(settings) }),
    cleanUpCodes: () => challenges.cleanUp(0),
    missedNumbers: createMissedNumbers({ store, clock, limits: deps.limits }),
    settings: { defaultCountry: settings.defaultCountry, production: settings.production },
  };
}
