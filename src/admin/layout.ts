import type { Request } from 'express';
import type { Csrf } from '../http/access/csrf.js';
import type { Sessions } from '../http/operator-sessions/sessions.js';

/** What every page behind the login shows around its content. */
export type Layout = (
  req: Request,
  active:
    | 'status'
    | 'jobs'
    | 'verifications'
    | 'users'
    | 'keys'
    | 'integrations'
    | 'conversion'
    | 'sessions'
    | 'audit',
) => { csrfToken: string; active: string; username: string };

export function createLayout(deps: { csrf: Csrf; sessions: Sessions }): Layout {
  return (req, active) => ({
    csrfToken: deps.csrf.token(req),
    active,
    username: deps.sessions.userName(req),
  });
}
