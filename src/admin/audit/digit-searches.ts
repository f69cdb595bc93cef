import type { Request, RequestHandler } from 'express';
import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { requestTimeOf } from '../../delivery/search/request-ids.js';
import { queryOf } from '../../http/query.js';
import type { Audit } from './audit.js';
import type { AuditLog } from './audit-log.js';

const HOUR_MS = 60 * 60_000;
const KEPT_MS = 24 * HOUR_MS;
/** In digits of any script. */
const DIGIT = /\p{Nd}/u;
/** Searches of an hour that are told apart. */
const MAX_SEEN = 1_000;

/**
 * Counts searches with digits, since a masked number can be found digit by digit: one entry of the audit log an hour says
 * who, and how often. A page that is fetched again is no other search.
 */
export function countDigitSearches(deps: {
  store: Store;
  clock: Clock;
  audit: Pick<Audit, 'who'>;
  auditLog: Pick<AuditLog, 'recordIn' | 'amend'>;
}): RequestHandler {
  const { store, clock, audit, auditLog } = deps;
  const seen = new Set<string>();
  let seenIn = 0;

  async function countOnce(req: Request, q: string, hour: number): Promise<void> {
    if (seenIn !== hour || seen.size >= MAX_SEEN) seen.clear();
    seenIn = hour;
    const search = `${req.sessionID} ${q}`;
    if (seen.has(search)) return;
    await count(req, hour);
    seen.add(search);
  }

  async function count(req: Request, hour: number): Promise<void> {
    const who = audit.who(req);
    const row = { actor: who.actor, hour };
    await store.transaction().execute(async (trx) => {
      const { times, entry } = await trx
        .insertInto('digit_searches')
        .values({ ...row, times: 1, entry: null })
        .onConflict((conflict) =>
          conflict.columns(['actor', 'hour']).doUpdateSet({ times: sql`digit_searches.times + 1` }),
        )
        .returning(['times', 'entry'])
        .executeTakeFirstOrThrow();
      const detail = `${times} ${times === 1 ? 'time' : 'times'} in this hour`;
      if (entry !== null) return await auditLog.amend(entry, detail, trx);
      const id = await auditLog.recordIn(trx, { ...who, action: 'digits_searched', detail });
      await trx
        .updateTable('digit_searches')
        .set({ entry: id })
        .where('actor', '=', row.actor)
        .where('hour', '=', hour)
        .execute();
      await trx
        .deleteFrom('digit_searches')
        .where('hour', '<', hour - KEPT_MS)
        .execute();
    });
  }

  return async (req, _res, next) => {
    const q = queryOf(req).get('q') ?? '';
    const hour = clock.now() - (clock.now() % HOUR_MS);
    if (DIGIT.test(q) && requestTimeOf(q) === null) await countOnce(req, q, hour);
    next();
  };
}
