import type { Contract, Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Persons } from '../delivery/queue/persons.js';
import type { CodeIssuer } from '../otp/issue.js';
import { createUsers, type Users } from './accounts/users.js';
import { type Challenges, type CodeRules, createChallenges } from './codes/challenges.js';
import { createCodeFailures } from './codes/code-failures.js';
import { createSendLimits } from './codes/send-limits.js';
import { createContactKeys } from './contact-keys.js';
import { createPasswords } from './passwords.js';
import { createSignIn, type SignIn } from './sign-in.js';
import { createSignUp, type SignUp } from './sign-up.js';
import { createTokens, type Tokens } from './tokens.js';

/** The sign-in core: rules for all contracts. It has never heard of HTTP. */
export interface Auth {
  signUp: SignUp;
  signIn: SignIn;
  tokens: Tokens;
  users: Users;
  challenges: Challenges;
  /** How long the codes of a contract are, how long they live, and how soon the next one may follow. */
  rules(contract: Contract): CodeRules;
  settings: Omit<AuthSettings, 'jwtSecret'>;
}

export interface AuthSettings {
  /** Known and unknown accounts are answered alike; longer codes and passwords. */
  strict: boolean;
  /** ISO 3166-1 alpha-2: in which national numbers are read and shown. */
  defaultCountry: string;
  jwtSecret: string;
  issuer: string;
  /** Of phone and whatsapp tokens. */
  jwtLifetimeMs: number;
  production: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** As the contracts document them. */
const RULES: Record<Contract, CodeRules> = {
  phone: { length: 5, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 },
  whatsapp: { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: MINUTE_MS },
  'two-factor': { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 },
  cookie: { length: 6, ttlMs: 10 * MINUTE_MS, cooldownMs: 0 },
};
const MIN_STRICT_LENGTH = 6;

export function createAuth(deps: {
  store: Store;
  clock: Clock;
  issuer: Pick<CodeIssuer, 'reserve'>;
  persons: Pick<Persons, 'personOf' | 'spellingsOf'>;
  challengeHash: (input: string) => string;
  settings: AuthSettings;
}): Auth {
  const { store, clock, persons } = deps;
  const { jwtSecret, ...settings } = deps.settings;
  const keys = createContactKeys(persons);
  const challenges = createChallenges({
    store,
    clock,
    issuer: deps.issuer,
    limits: createSendLimits({ store, clock }),
    failures: createCodeFailures({ store, clock }),
    keys,
    hash: deps.challengeHash,
  });
  const core = { store, clock, challenges, passwords: createPasswords(), persons, keys };
  return {
    signUp: createSignUp(core),
    signIn: createSignIn(core),
    users: createUsers({ store, clock }),
    challenges,
    tokens: createTokens({
      store,
      clock,
      secret: jwtSecret,
      issuer: settings.issuer,
      lifetimesMs: {
        phone: settings.jwtLifetimeMs,
        whatsapp: settings.jwtLifetimeMs,
        'two-factor': 15 * MINUTE_MS,
        cookie: DAY_MS,
      },
    }),
    rules(contract) {
      const rules = RULES[contract];
      if (!settings.strict) return rules;
      return { ...rules, length: Math.max(rules.length, MIN_STRICT_LENGTH), cooldownMs: MINUTE_MS };
    },
    settings,
  };
}
