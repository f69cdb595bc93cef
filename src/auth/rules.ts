import type { Contract } from '../../database/schema.js';
import type { CodeRules } from './codes/sending.js';
import type { PasswordRules } from './passwords/new-password.js';

/** What a contract documents about its codes, passwords and tokens. */
export interface ContractRules {
  codes: CodeRules;
  passwords: PasswordRules;
  tokenLifeMs: number;
  /** Every start is a registration of its own; otherwise a client's newest one replaces its older ones for the same contact. */
  separateStarts: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const STRICT = { codeLength: 6, cooldownMs: MINUTE_MS };

/** Of new passwords in every contract: what all documented examples keep to, and what NIST asks for (SP 800-63B-4, 3.1.1.2). */
const PASSWORDS = {
  documented: { min: 6, notAmong: 100 },
  strict: { min: 8, notAmong: 10_000 },
} as const satisfies Record<string, PasswordRules>;

type Documented = Omit<ContractRules, 'tokenLifeMs' | 'passwords'> & {
  /** Null: the configured one. */
  tokenLifeMs: number | null;
};

const DOCUMENTED: Record<Contract, Documented> = {
  phone: {
    codes: { length: 5, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 },
    tokenLifeMs: null,
    separateStarts: false,
  },
  whatsapp: {
    codes: { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: MINUTE_MS },
    tokenLifeMs: null,
    separateStarts: false,
  },
  'two-factor': {
    codes: { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 },
    tokenLifeMs: 15 * MINUTE_MS,
    separateStarts: true,
  },
  cookie: {
    codes: { length: 6, ttlMs: 10 * MINUTE_MS, cooldownMs: 0 },
    tokenLifeMs: DAY_MS,
    separateStarts: false,
  },
};

/** Where people look after their own accounts. */
export function accountRules({ strict }: { strict: boolean }): Pick<ContractRules, 'codes' | 'passwords'> {
  return {
    codes: { length: 6, ttlMs: 10 * MINUTE_MS, cooldownMs: strict ? STRICT.cooldownMs : 0 },
    passwords: strict ? PASSWORDS.strict : PASSWORDS.documented,
  };
}

/** The longest that a token of any contract lives. */
export function longestTokenMs({ jwtLifetimeMs }: { jwtLifetimeMs: number }): number {
  return Math.max(...Object.values(DOCUMENTED).map(({ tokenLifeMs }) => tokenLifeMs ?? jwtLifetimeMs));
}

/** @param settings.jwtLifetimeMs of phone and whatsapp tokens. */
export function rulesOf(
  contract: Contract,
  settings: { strict: boolean; jwtLifetimeMs: number },
): ContractRules {
  const documented = DOCUMENTED[contract];
  const rules = {
    ...documented,
    tokenLifeMs: documented.tokenLifeMs ?? settings.jwtLifetimeMs,
    passwords: settings.strict ? PASSWORDS.strict : PASSWORDS.documented,
  };
  if (!settings.strict) return rules;
  const { codes } = rules;
  return {
    ...rules,
    codes: {
      ...codes,
      length: Math.max(codes.length, STRICT.codeLength),
      cooldownMs: STRICT.cooldownMs,
    },
  };
}
