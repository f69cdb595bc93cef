import { type ExpressionBuilder, sql } from 'kysely';
import { lower } from '../../../database/queries/text-search.js';
import type { CodeStatus, Tables } from '../../../database/schema.js';
import { typedNumber } from '../../typed/number.js';
import { hasStatus } from '../verifications/code-rows.js';

/** Which codes; what is null selects all. */
export interface CodeFilter {
  /** By the clock: one whose end has passed is expired. */
  status: CodeStatus | null;
  /** It was sent over this one. */
  channel: string | null;
  /** As `NewJob.caller`. */
  caller: string | null;
  /** Part of the contact, or the whole id; or that of a request. */
  q: string | null;
}

export function matching({ status, channel, caller, q }: CodeFilter, now: number) {
  return (eb: ExpressionBuilder<Tables, 'codes'>) =>
    eb.and([
      ...(status === null ? [] : [hasStatus(status, now)]),
      ...(caller === null ? [] : [eb('codes.caller', '=', caller)]),
      ...(channel === null ? [] : [wentOver(eb, channel)]),
      ...(q === null ? [] : [isFound(eb, q)]),
    ]);
}

function wentOver({ exists, selectFrom }: ExpressionBuilder<Tables, 'codes'>, channel: string) {
  const sends = selectFrom('code_attempts')
    .select('code_attempts.id')
    .whereRef('code_attempts.code_id', '=', 'codes.id');
  return exists(sends.where('channel', '=', channel).where('job_id', 'is not', null));
}

/** A number is found however it is typed: with separators, with 00 for the plus, as people write it at home. */
function isFound(eb: ExpressionBuilder<Tables, 'codes'>, q: string) {
  const [, digits] = /^\+?0*(\d+)$/.exec(typedNumber(q)) ?? [];
  const part = (digits ?? lower(q)).replace(/[\\%_]/g, '\\$&');
  return eb.or([
    eb('codes.id', '=', q),
    eb('codes.request_id', '=', q.toLowerCase()),
    sql<boolean>`codes.contact LIKE ${`%${part}%`} ESCAPE '\\'`,
  ]);
}
