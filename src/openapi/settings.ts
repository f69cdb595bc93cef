import type { Contract } from '../../database/schema.js';
import { accountRules, type ContractRules, rulesOf } from '../auth/rules.js';

/** What the sign-in contracts take depends on how they are set up. */
export interface DocumentSettings {
  rules: Record<Contract | 'account', Pick<ContractRules, 'codes' | 'passwords'>>;
  /** ISO 3166-1 alpha-2: the country whose national numbers are read. */
  defaultCountry: string;
}

/** @param strict SECURITY_PROFILE=strict. */
export function settingsOf({
  strict,
  defaultCountry,
}: {
  strict: boolean;
  defaultCountry: string;
}): DocumentSettings {
  // How long tokens live is not in the document.
  const rules = (contract: Contract) => rulesOf(contract, { strict, jwtLifetimeMs: 1 });
  return {
    rules: {
      phone: rules('phone'),
      whatsapp: rules('whatsapp'),
      'two-factor': rules('two-factor'),
      cookie: rules('cookie'),
      account: accountRules({ strict }),
    },
    defaultCountry,
  };
}

/** How it is without any settings. */
export const DEFAULT_SETTINGS = settingsOf({ strict: false, defaultCountry: 'IN' });
