import type { Request, RequestHandler } from 'express';
import { isoOrNull } from '../../clock.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import type { ListedSession } from '../../http/operator-sessions/listed-session.js';
import type { Sessions } from '../../http/operator-sessions/sessions.js';
import type { Audit } from '../audit/audit.js';
import type { Layout } from '../layout.js';

/** Who is signed in to the dashboard, and how that is ended. */
export function createOpenSessions(deps: { sessions: Sessions; layout: Layout; audit: Audit }) {
  const { sessions, layout, audit } = deps;

  const read = async (req: Request) => (await sessions.list(req)).map(shownSession);

  return {
    /** GET /admin/sessions */
    page: (async (req, res) => {
      res.render('sessions', { ...layout(req, 'sessions'), sessions: await read(req) });
    }) satisfies RequestHandler,

    /** GET /admin/api/sessions → `{ sessions }` */
    json: (async (req, res) => {
      answerJson(res, 200, { sessions: await read(req) });
    }) satisfies RequestHandler,

    /** POST /admin/api/sessions/:id/end */
    end: (async (req, res) => {
      const [ended] = await sessions.end(req, String(req.params.id));
      if (!ended) throw new AppError('not_found', 'There is no such session any more.');
      await audit.record(req, 'session_ended', { detail: `from ${ended.address || 'an unknown address'}` });
      answerJson(res, 200, { message: 'The session is ended.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/sessions/end: that of the request is ended, too. */
    endAll: (async (req, res) => {
      const { length } = await sessions.end(req, null);
      await audit.record(req, 'sessions_ended', {
        detail: `${length} ${length === 1 ? 'session' : 'sessions'}`,
      });
      answerJson(res, 200, { message: 'Everybody is signed out.' });
    }) satisfies RequestHandler,
  };
}

function shownSession({ since, lastSeenAt, ...session }: ListedSession) {
  return { ...session, since: isoOrNull(since), lastSeenAt: isoOrNull(lastSeenAt) };
}
