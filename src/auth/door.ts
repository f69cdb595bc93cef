import type { Contract } from '../../database/schema.js';
import { noteLogin, twoFactorRequired } from './accounts/accounts.js';
import type { ProvenAccount } from './accounts/proven.js';
import { type User, userOf } from './accounts/user.js';
import type { Core } from './core.js';
import { type ContractRules, rulesOf } from './rules.js';
import { createSecondStep, type SecondStep } from './second-step.js';
import { createSignIn, type SignIn } from './sign-in.js';
import { createSignUp, type SignUp } from './sign-up.js';
import { createSignUpSteps, type SignUpSteps } from './sign-up-steps.js';
import { createTokens, type Tokens } from './tokens.js';

/** How one contract signs people up and in: its rules and profile are bound, so that it decides nothing itself. */
export interface Door<C extends Contract = Contract> {
  rules: ContractRules;
  signUp: SignUp<C> & SignUpSteps;
  signIn: SignIn;
  secondStep: SecondStep;
  /**
   * The only way to a token. Rejects with two_factor_required while a second step is missing, and with account_inactive
   * when the account has been deactivated, deleted or lost its address since the proof. Notes when and from where.
   * @param address the network address of whoever signs in.
   */
  complete(account: ProvenAccount, address: string): Promise<{ user: User; token: string }>;
  tokens: Pick<Tokens, 'check' | 'revoke'>;
}

export function createDoor<C extends Contract>(
  core: Core,
  contract: C,
  settings: { strict: boolean; jwtLifetimeMs: number; jwtSecret: string; issuer: string },
): Door<C> {
  const { strict, jwtSecret, issuer } = settings;
  const { store, clock } = core;
  const rules = rulesOf(contract, settings);
  const parts = { ...core, contract, rules: rules.codes, strict };
  const tokens = createTokens({
    store,
    clock,
    contract,
    issuer,
    secret: jwtSecret,
    lifeMs: rules.tokenLifeMs,
  });
  return {
    rules,
    signUp: {
      ...createSignUp<C>({ ...parts, separateStarts: rules.separateStarts }),
      ...createSignUpSteps(parts),
    },
    signIn: createSignIn(parts),
    secondStep: createSecondStep(parts),
    tokens,
    async complete(account, address) {
      if (account.needsSecondStep) throw twoFactorRequired();
      const row = await noteLogin(store, account, address, clock.now());
      return { user: userOf(row), token: await tokens.issue(row) };
    },
  };
}
