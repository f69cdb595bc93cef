import type { Request, RequestHandler } from 'express';
import { isoOrNull } from '../../clock.js';
import { AppError } from '../../errors.js';
import { clientAddress } from '../../http/client-address.js';
import type { Sessions } from '../../http/operator-sessions/sessions.js';
import { jobNumber, queryOf } from '../../http/query.js';
import type { Layout } from '../layout.js';
import type { AuditAction, AuditLog } from './audit-log.js';
import { auditWords } from './audit-words.js';

const ENTRIES_PER_PAGE = 50;

/** Who did what, from a request's point of view. */
export interface Audit {
  /** The signed-in user's name. */
  actor(req: Request): string;
  /** The signed-in user and the client's address. */
  who(req: Request): { actor: string; address: string };
  /** Resolves with the number of the entry. `actor`: for a sign-in, whose session does not know the name yet. */
  record(
    req: Request,
    action: AuditAction,
    more?: { actor?: string; target?: string; detail?: string },
  ): Promise<number>;
  amend(entry: number, detail: string): Promise<void>;
}

export function createAudit(deps: { log: AuditLog; sessions: Sessions }): Audit {
  const { log, sessions } = deps;
  const who = (req: Request) => ({ actor: sessions.userName(req), address: clientAddress(req) });
  return {
    actor: (req) => sessions.userName(req),
    who,
    record: (req, action, more = {}) => log.record({ ...who(req), action, ...more }),
    amend: (entry, detail) => log.amend(entry, detail),
  };
}

/** GET /admin/audit?before=: newest first. */
export function auditPage(deps: { log: AuditLog; layout: Layout }): RequestHandler {
  return async (req, res) => {
    const before = readBefore(queryOf(req).get('before'));
    const entries = await deps.log.page(before, ENTRIES_PER_PAGE + 1);
    const shown = entries.slice(0, ENTRIES_PER_PAGE);
    const last = shown.at(-1);
    res.render('audit', {
      ...deps.layout(req, 'audit'),
      entries: shown.map((entry) => ({ ...entry, at: isoOrNull(entry.at), ...auditWords(entry) })),
      older: entries.length > ENTRIES_PER_PAGE && last ? `/admin/audit?before=${last.id}` : null,
      first: before === null,
    });
  };
}

function readBefore(text: string | null): number | null {
  if (!text) return null;
  const before = jobNumber(text);
  if (before === null)
    throw new AppError('bad_request', 'Bad Request: "before" must be the number of an entry.');
  return before;
}
