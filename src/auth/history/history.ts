import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Limits } from '../../limits/index.js';
import type { User } from '../accounts/user.js';
import type { ContactKeys } from '../contact-keys.js';
import { type Failures, failuresOf } from './failures.js';
import { letIn } from './let-in.js';
import { lastSignIns, type SignInEntry } from './sign-ins.js';

export type { Failures, Wait } from './failures.js';
export type { SignInEntry } from './sign-ins.js';

type Whose = Pick<User, 'id' | 'phone' | 'email'>;

/** What happened at an account, for operators. */
export interface History {
  of(user: Whose): Promise<{ failures: Failures; signIns: SignInEntry[] }>;
  /** Forgets the failures, so that nobody has to wait for them. False: there were none. */
  letIn(user: Whose): Promise<boolean>;
}

export function createHistory(deps: {
  store: Store;
  clock: Clock;
  limits: Pick<Limits, 'used' | 'forget'>;
  keys: Pick<ContactKeys, 'of'>;
}): History {
  return {
    async of(user) {
      return {
        failures: await failuresOf(deps, user, deps.clock.now()),
        signIns: await lastSignIns(deps.store, user.id),
      };
    },

    letIn: (user) => letIn(deps, user),
  };
}
