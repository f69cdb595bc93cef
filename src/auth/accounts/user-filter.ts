import { type ExpressionBuilder, sql } from 'kysely';
import type { Tables } from '../../../database/schema.js';
import { typedEmailPart } from '../../typed/email.js';
import { typedNumber } from '../../typed/number.js';
import { isStorable } from './accounts.js';

export interface UserFilter {
  /** Part of the phone (in any spelling, or a lost one), the address or the name. */
  q?: string;
  /** Only accounts that have one. */
  withPhone?: boolean;
}

export function matching({ q, withPhone = false }: UserFilter) {
  return (eb: ExpressionBuilder<Tables, 'users'>) =>
    eb.and([...(withPhone ? [eb('phone', 'is not', null)] : []), ...(q ? [contains(eb, q)] : [])]);
}

/** `%` and `_` stand for themselves. SQLite ignores case for A to Z only. */
function contains(eb: ExpressionBuilder<Tables, 'users'>, q: string) {
  if (!isStorable(q)) return sql<boolean>`1 = 0`;
  // Older names were stored as typed: some systems type marks separately from their letters (NFD).
  const typed = [q, q.normalize('NFD')];
  const lower = typed.map((text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  const spellings = [...new Set([...typed.map((text) => text.toLowerCase()), ...lower])];
  const like = (column: 'phone' | 'email' | 'name', texts: string[]) =>
    texts.map((text) => {
      const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
      return sql<boolean>`LOWER(${eb.ref(column)}) LIKE ${pattern} ESCAPE '\\'`;
    });
  const address = typedEmailPart(q);
  const [, digits = ''] = /^\+?0*(\d{3,})$/.exec(typedNumber(q)) ?? [];
  return eb.or([
    ...like('email', address === null ? spellings : [...spellings, address]),
    ...like('name', spellings),
    ...like('phone', digits === '' ? spellings : [...spellings, digits]),
    ...(digits === '' ? [] : [hasOrHad(eb, `%${digits}%`)]),
  ]);
}

/** A number that is another spelling of the account's, or that it lost. */
function hasOrHad({ exists, or, selectFrom }: ExpressionBuilder<Tables, 'users'>, pattern: string) {
  const spelled = selectFrom('numbers as own')
    .innerJoin('numbers as other', 'other.person', 'own.person')
    .select('other.phone')
    .whereRef('own.phone', '=', 'users.phone')
    .where('other.phone', 'like', pattern);
  const lost = selectFrom('lost_numbers')
    .select('lost_numbers.phone')
    .whereRef('lost_numbers.user_id', '=', 'users.id')
    .where('lost_numbers.phone', 'like', pattern);
  return or([exists(spelled), exists(lost)]);
}
