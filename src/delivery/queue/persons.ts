import type { Store } from '../../../database/schema.js';

/**
 * Who a number is. WhatsApp answers a look-up of either way to write some numbers (Brazil's ninth digit, Argentina's 9,
 * Mexico's 1) with one and the same address: from then on both are one person. A number that WhatsApp has not been asked
 * about, or calls as it is written, is a person of its own.
 *
 * The few numbers that WhatsApp calls by another are in memory: nothing is read for the many others.
 */
export interface Persons {
  /** What everything about the number is counted and compared under, the same for all its spellings. */
  personOf(phone: string): string;
  /** All known spellings of the number, itself among them. */
  spellingsOf(phone: string): string[];
  /** The database holds that WhatsApp calls the number so. */
  note(phone: string, person: string): void;
  /** From the database. */
  load(): Promise<void>;
}

export function createPersons(deps: { store: Store }): Persons {
  const persons = new Map<string, string>();
  const spellings = new Map<string, Set<string>>();
  const personOf = (phone: string) => persons.get(phone) ?? phone;

  function note(phone: string, person: string): void {
    const before = personOf(phone);
    if (before === person) return;
    const left = spellings.get(before);
    left?.delete(phone);
    if (left?.size === 0) spellings.delete(before);
    if (person === phone) {
      persons.delete(phone);
      return;
    }
    persons.set(phone, person);
    spellings.set(person, (spellings.get(person) ?? new Set()).add(phone));
  }

  return {
    personOf,
    note,

    spellingsOf(phone) {
      const person = personOf(phone);
      const others = spellings.get(person);
      if (!others) return [phone];
      return personOf(person) === person ? [...others, person] : [...others];
    },

    async load() {
      const named = await deps.store
        .selectFrom('numbers')
        .select(['phone', 'person'])
        .whereRef('person', '<>', 'phone')
        .execute();
      for (const { phone, person } of named) note(phone, person);
    },
  };
}
