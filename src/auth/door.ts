import type { Contract } from '../../database/schema.js';
import { noteLogin, twoFactorRequired } from './accounts/accounts.js';
import type { ProvenAccount } from './accounts/proven.js';
import { type User, userOf, withoutLabel } from './accounts/user.js';
import { type Client, clientKey } from './clients/client.js';
import { noteClient } from './clients/known-clients.js';
import type { Core } from './core.js';
import { noteSignIn } from './history/sign-ins.js';
import { type ContractRules, rulesOf } from './rules.js';
import { createSecondStep, type SecondStep } from './second-step.js';
import { createSignIn, type SignIn } from './sign-in.js';
import { createSignUp, type SignUp } from './sign-up.js';
import { createSignUpSteps, type SignUpSteps } from './sign-up-steps.js';
import { createTokens, type PreviousSecret, type Tokens } from './tokens.js';

/** How one contract signs people up and in: its rules and profile are bound, so that it decides nothing itself. */
export interface Door<C extends Contract = Contract> {
  rules: ContractRules;
  /** What this client may do: its tries, waits and codes are its own. */
  from(client: Client): Visit<C>;
  tokens: Pick<Tokens, 'check' | 'revoke'>;
}

export interface Visit<C extends Contract = Contract> {
  signUp: SignUp<C> & SignUpSteps;
  signIn: SignIn;
  secondStep: SecondStep;
  /**
   * The only way to a token. Rejects with two_factor_required while a second step is missing, and with account_inactive
   * when the account has been deactivated, deleted or lost its address since the proof. Notes when and from where.
   */
  complete(account: ProvenAccount): Promise<{ user: User; token: string }>;
}

export function createDoor<C extends Contract>(
  core: Core,
  contract: C,
  settings: {
    strict: boolean;
    jwtLifetimeMs: number;
    jwtSecret: string;
    previousJwtSecret?: PreviousSecret | null;
    issuer: string;
  },
): Door<C> {
  const { strict, jwtSecret, previousJwtSecret = null, issuer } = settings;
  const { store, clock } = core;
  const rules = rulesOf(contract, settings);
  const parts = { ...core, contract, rules: rules.codes, passwordRules: rules.passwords, strict };
  const tokens = createTokens({
    store,
    clock,
    contract,
    issuer,
    secret: jwtSecret,
    previous: previousJwtSecret,
    lifeMs: rules.tokenLifeMs,
  });

  /** Strict: an address that is only claimed is given to nobody. */
  const shown = (user: User) => (strict ? withoutLabel(user) : user);

  function from(client: Client): Visit<C> {
    const own = { ...parts, client, passwords: core.passwords.from(clientKey(client)) };
    return {
      signUp: {
        ...createSignUp<C>({ ...own, separateStarts: rules.separateStarts }),
        ...createSignUpSteps(own),
      },
      signIn: createSignIn(own),
      secondStep: createSecondStep(own),
      async complete(account) {
        if (account.needsSecondStep) throw twoFactorRequired();
        const row = await store.transaction().execute(async (trx) => {
          const now = clock.now();
          const user = await noteLogin(trx, account, client.address, now);
          await noteClient(trx, user.id, client, now);
          const { by: proof } = account;
          await noteSignIn(trx, user.id, { at: now, contract, proof, address: client.address });
          return user;
        });
        return { user: shown(userOf(row)), token: await tokens.issue(row) };
      },
    };
  }

  return {
    rules,
    tokens: {
      revoke: tokens.revoke,
      async check(token) {
        const found = await tokens.check(token);
        return found.kind === 'valid' ? { ...found, user: shown(found.user) } : found;
      },
    },
    from,
  };
}
