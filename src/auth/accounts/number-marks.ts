import type { Store } from '../../../database/schema.js';

/** A number that one account lost to another, because WhatsApp treats the numbers of both as one. */
export interface NumberMark {
  /** In the spelling of the account that lost it. */
  phone: string;
  at: number;
  /** For the loser, who has it now; for the winner, who had it; null: that account is deleted. */
  other: { id: string; name: string | null } | null;
}

export interface NumberMarks {
  lostNumber: NumberMark | null;
  /** Oldest first. */
  wonNumbers: NumberMark[];
}

/** What the dashboard says about these accounts. */
export async function numberMarks(store: Store, ids: string[]): Promise<(id: string) => NumberMarks> {
  if (ids.length === 0) return () => ({ lostNumber: null, wonNumbers: [] });
  const facts = await store
    .selectFrom('lost_numbers')
    .innerJoin('users as loser', 'loser.id', 'lost_numbers.user_id')
    .leftJoin('users as winner', 'winner.id', 'lost_numbers.lost_to')
    .select(['lost_numbers.phone', 'at', 'user_id', 'lost_to'])
    .select(['loser.name as loser_name', 'winner.name as winner_name'])
    .where((eb) => eb.or([eb('user_id', 'in', ids), eb('lost_to', 'in', ids)]))
    .orderBy('at')
    .orderBy('user_id')
    .execute();
  return (id) => {
    const [lost] = facts
      .filter(({ user_id }) => user_id === id)
      .map(({ phone, at, lost_to, winner_name }) => ({
        phone,
        at,
        other: lost_to === null ? null : { id: lost_to, name: winner_name },
      }));
    const wonNumbers = facts
      .filter(({ lost_to }) => lost_to === id)
      .map(({ phone, at, user_id, loser_name }) => ({ phone, at, other: { id: user_id, name: loser_name } }));
    return { lostNumber: lost ?? null, wonNumbers };
  };
}
