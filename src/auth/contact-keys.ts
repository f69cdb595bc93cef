import type { Persons } from '../delivery/queue/persons.js';
import { type Contact, contactKey } from './contact.js';

/** Under which key everything about a contact is counted and found: one for a person, however the number is spelled. */
export interface ContactKeys {
  of(contact: Contact): string;
  /** Of a contact that was stored as `contactKey` has it. */
  ofStored(key: string): string;
  /**
   * Where something may stand that waits for this contact, the likeliest first: under the number as it is written, too,
   * when it was stored at the moment in which WhatsApp said whose it is.
   */
  all(contact: Contact): string[];
}

export const PHONE_KEY = contactKey({ kind: 'phone', value: '' });

export function createContactKeys(persons: Pick<Persons, 'personOf'>): ContactKeys {
  const of = (contact: Contact) =>
    contactKey(contact.kind === 'phone' ? { ...contact, value: persons.personOf(contact.value) } : contact);
  return {
    of,
    ofStored: (key) =>
      key.startsWith(PHONE_KEY) ? of({ kind: 'phone', value: key.slice(PHONE_KEY.length) }) : key,
    all: (contact) => [...new Set([of(contact), contactKey(contact)])],
  };
}
