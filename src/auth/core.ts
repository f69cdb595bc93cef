import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Persons } from '../delivery/queue/persons.js';
import type { Challenges } from './codes/challenges.js';
import type { ContactKeys } from './contact-keys.js';
import type { SharedPasswords } from './passwords/passwords.js';

/** What all doors share. */
export interface Core {
  store: Store;
  clock: Clock;
  challenges: Challenges;
  passwords: SharedPasswords;
  persons: Pick<Persons, 'spellingsOf'>;
  keys: ContactKeys;
}
