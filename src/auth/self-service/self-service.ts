import type { Client } from '../clients/client.js';
import { clientKey } from '../clients/client.js';
import type { CodeRules } from '../codes/sending.js';
import type { PasswordRules } from '../passwords/new-password.js';
import type { SharedPasswords } from '../passwords/passwords.js';
import { createForgottenPassword, type ForgottenPassword } from './forgotten-password.js';
import { createOwnAccount, type OwnAccount } from './own-account.js';

type Deps = Omit<Parameters<typeof createOwnAccount>[0], 'client'> &
  Omit<Parameters<typeof createForgottenPassword>[0], 'client'>;

/** What people do with their accounts themselves, whichever contract they signed up through. */
export interface SelfService {
  rules: { codes: CodeRules; passwords: PasswordRules };
  /** What this client may do: its tries, waits and codes are its own. */
  from(client: Client): OwnAccount & { forgotten: ForgottenPassword };
}

export function createSelfService(
  deps: Omit<Deps, 'passwords'> & { passwords: SharedPasswords },
): SelfService {
  const { rules } = deps;
  return {
    rules,
    from(client) {
      const own = { ...deps, client, passwords: deps.passwords.from(clientKey(client)) };
      return { ...createOwnAccount(own), forgotten: createForgottenPassword(own) };
    },
  };
}
