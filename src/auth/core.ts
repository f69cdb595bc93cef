import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Persons } from '../delivery/queue/persons.js';
import type { Client } from './clients/client.js';
import type { PasswordTries } from './clients/password-tries.js';
import type { Challenges } from './codes/challenges.js';
import type { ContactKeys } from './contact-keys.js';
import type { Notices } from './notices/notices.js';
import type { Passwords, SharedPasswords } from './passwords/passwords.js';

/** What all doors share. */
export interface Core {
  store: Store;
  clock: Clock;
  challenges: Challenges;
  passwords: SharedPasswords;
  passwordTries: PasswordTries;
  persons: Pick<Persons, 'spellingsOf'>;
  keys: ContactKeys;
  notices: Notices;
}

/** The same for one client, which has its own turns at hashing. */
export type CoreForClient = Omit<Core, 'passwords'> & { passwords: Passwords; client: Client };
