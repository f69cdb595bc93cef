import type { Store } from '../../../database/schema.js';

/**
 * Whose a number is. WhatsApp answers a look-up of either way to write some numbers (Brazil's ninth digit, Argentina's 9,
 * Mexico's 1) with the same address: from then on both are one person. A number that was never looked up, or that
 * WhatsApp spells as it is written, is a person of its own.
 *
 * The few numbers that WhatsApp spells differently are kept in memory: the others cost no query.
 */
export interface Persons {
  /** The key for counting and comparing everything about the number, the same for all its spellings. */
  personOf(phone: string): string;
  /** All known spellings of the number, including itself. */
  spellingsOf(phone: string): string[];
  /** To be called once the database says that the number is this person's. */
  note(phone: string, person: string): void;
  /** Reads the database. */
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
