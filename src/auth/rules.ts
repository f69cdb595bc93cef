import type { Contract } from '../../database/schema.js';
import type { CodeRules } from './codes/sending.js';

/** What a contract documents about its codes, passwords and tokens. */
export interface ContractRules {
  codes: CodeRules;
  /** Characters of a new password. */
  minPassword: number;
  tokenLifeMs: number;
  /** Every start is a registration of its own; otherwise a client's newest one replaces its older ones for the same contact. */
  separateStarts: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const STRICT = { codeLength: 6, cooldownMs: MINUTE_MS, password: 8 };

type Documented = Omit<ContractRules, 'tokenLifeMs'> & {
  /** Null: the configured one. */
  tokenLifeMs: number | null;
};

const DOCUMENTED: Record<Contract, Documented> = {
  phone: {
    codes: { length: 5, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 },
    minPassword: 1,
    tokenLifeMs: null,
    separateStarts: false,
  },
  whatsapp: {
    codes: { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: MINUTE_MS },
    minPassword: 6,
    tokenLifeMs: null,
    separateStarts: false,
  },
  'two-factor': {
    codes: { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 },
    minPassword: 1,
    tokenLifeMs: 15 * MINUTE_MS,
    separateStarts: true,
  },
  cookie: {
    codes: { length: 6, ttlMs: 10 * MINUTE_MS, cooldownMs: 0 },
    minPassword: 1,
    tokenLifeMs: DAY_MS,
    separateStarts: false,
  },
};

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
  const rules = { ...documented, tokenLifeMs: documented.tokenLifeMs ?? settings.jwtLifetimeMs };
  if (!settings.strict) return rules;
  const { codes, minPassword } = rules;
  return {
    ...rules,
    codes: {
      ...codes,
      length: Math.max(codes.length, STRICT.codeLength),
      cooldownMs: STRICT.cooldownMs,
    },
    minPassword: Math.max(minPassword, STRICT.password),
  };
}
