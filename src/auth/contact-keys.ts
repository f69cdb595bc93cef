import type { Persons } from '../delivery/queue/persons.js';
import { type Contact, contactKey } from './contact.js';

/** The key under which everything about a contact is counted and found: one per person, however the number is spelled. */
export interface ContactKeys {
  of(contact: Contact): string;
  /** For a contact that was stored in the form of `contactKey`. */
  ofStored(key: string): string;
  /**
   * The keys under which something may be waiting for this contact, likeliest first. It may be under the number's own
   * spelling if it was stored just when WhatsApp said whose the number is.
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

/** Mailboxes that are one: without what follows a plus, and at Google without dots (support.google.com/mail/answer/7436150). */
export function mailboxKey(key: string): string {
  const [, kind, name, domain] = /^(email:)([^@]+)@(.+)$/.exec(key) ?? [];
  if (kind === undefined || name === undefined || domain === undefined) return key;
  const [plain = ''] = name.split('+');
  const isGoogle = domain === 'gmail.com' || domain === 'googlemail.com';
  return `${kind}${(isGoogle ? plain.replaceAll('.', '') : plain) || name}@${isGoogle ? 'gmail.com' : domain}`;
}
