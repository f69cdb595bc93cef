import type { Store } from '../../database/schema.js';
import type { Floods } from '../../src/alarms/floods.js';
import { createAuth } from '../../src/auth/index.js';
import type { Notices } from '../../src/auth/notices/notices.js';
import { createOpenIdAccounts } from '../../src/auth/openid/openid-accounts.js';
import type { SharedPasswords } from '../../src/auth/passwords/passwords.js';
import type { Clock } from '../../src/clock.js';
import { createPersons } from '../../src/delivery/queue/persons.js';
import { createLimits, type Limits } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { silentLog } from '../../src/log.js';
import type { ColdBudget } from '../../src/otp/cold-budget.js';
import type { CodeIssuer } from '../../src/otp/issue.js';
import type { KeyedCalls } from '../../src/otp/keyed-calls.js';
import { createKeyedHash } from '../../src/sealing.js';
import { JWT_SECRET, KEY } from './secrets.js';

/** What the routes need for signing in, over a real store; without Google and without a mail server. */
export function signInParts(deps: {
  store: Store;
  clock: Clock;
  issuer: Pick<CodeIssuer, 'reserve' | 'answered'>;
  passwords?: SharedPasswords;
  production?: boolean | undefined;
  strict?: boolean | undefined;
  floods?: Floods;
}) {
  const limits = noLimits(deps);
  const notices: Notices = { send: async () => {} };
  return {
    auth: createAuth({
      floods: noFloods,
      ...deps,
      limits,
      notices,
      persons: createPersons(deps),
      challengeHash: createKeyedHash(KEY, 'challenge'),
      settings: {
        strict: deps.strict ?? false,
        defaultCountry: 'IN',
        jwtSecret: JWT_SECRET,
        issuer: 'whatsapp-otp',
        jwtLifetimeMs: 604_800_000,
        production: deps.production ?? false,
      },
    }),
    openid: null,
    accountFor: createOpenIdAccounts({ ...deps, log: silentLog, notices }),
    clientUrls: ['http://localhost:3000'],
    limits,
    email: null,
  };
}

/** As outside production, where one address is a whole team. */
export function noLimits(deps: { store: Store; clock: Clock }): Limits {
  return createLimits({ ...deps, rules: rulesOf({ eased: true, overrides: {} }) });
}

/** Any number of first messages. */
export const noColdBudget: Pick<ColdBudget, 'countFor'> = { countFor: async (place) => place };

/** Nobody looks at what was wrong. */
export const noFloods: Floods = {
  note: () => {},
  lastDay: async () => ({ passwords: 0, codes: 0, checks: 0, keys: 0, logIns: 0 }),
  close: async () => {},
};

/** Nobody with a key uses the server, so that no places are kept. */
export const noKeyedCalls: KeyedCalls = { note: () => {}, areRecent: async () => false };
