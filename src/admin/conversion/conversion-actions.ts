import type { RequestHandler } from 'express';
import type { Store } from '../../../database/schema.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import type { BlockedPrefixes } from '../../otp/conversion/blocked-prefixes.js';
import type { Audit } from '../audit/audit.js';
import type { AuditLog } from '../audit/audit-log.js';

/** What an operator does about blocked prefixes, recorded in the audit log in the same commit. */
export function createConversionActions(deps: {
  store: Store;
  blocked: Pick<BlockedPrefixes, 'lift'>;
  audit: Pick<Audit, 'who'>;
  auditLog: Pick<AuditLog, 'recordIn'>;
}) {
  const { store, blocked, audit, auditLog } = deps;

  return {
    /** POST /admin/api/blocked-prefixes/:prefix/lift */
    lift: (async (req, res) => {
      const prefix = String(req.params.prefix);
      const lifted = await store.transaction().execute(async (trx) => {
        const block = await blocked.lift(trx, prefix);
        if (block === null) return null;
        const detail = `${block.prefix}… (${block.country}), ${block.approved} of ${block.started} approved`;
        await auditLog.recordIn(trx, {
          ...audit.who(req),
          action: 'prefix_unblocked',
          target: `prefix ${block.prefix}`,
          detail,
        });
        return block;
      });
      if (lifted === null) throw new AppError('not_found', 'This prefix is not blocked any more.');
      answerJson(res, 200, { message: 'The block is lifted. The prefix is counted anew.' });
    }) satisfies RequestHandler,
  };
}
