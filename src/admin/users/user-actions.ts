import type { Request, RequestHandler } from 'express';
import type { User } from '../../auth/accounts/user.js';
import type { Users } from '../../auth/accounts/users.js';
import type { History } from '../../auth/history/history.js';
import { answerJson } from '../../http/answer.js';
import type { Audit } from '../audit/audit.js';
import type { AuditAction } from '../audit/audit-log.js';
import { maskedContact } from './shown-user.js';
import { requireUser } from './user-screens.js';

/** What an operator does with users. Every change is recorded in the audit log, once. */
export function createUserActions(deps: { users: Users; history: History; audit: Audit }) {
  const { users, history, audit } = deps;

  /** `act` resolves with false when there was nothing to change. */
  function action(name: AuditAction, message: string, act: (user: User) => Promise<boolean>): RequestHandler {
    return async (req: Request, res) => {
      const user = await requireUser(users, req);
      const { id } = user;
      if (await act(user)) {
        await audit.record(req, name, { target: `user ${id}`, detail: maskedContact(user) });
      }
      answerJson(res, 200, { id, message });
    };
  }

  return {
    /** POST /admin/api/users/:id/deactivate: every token of the account ends. */
    deactivate: action('user_deactivated', 'The user is deactivated and signed out everywhere.', ({ id }) =>
      users.deactivate(id),
    ),

    /** POST /admin/api/users/:id/reactivate: signing in works again; old tokens do not. */
    reactivate: action('user_reactivated', 'The user can sign in again.', ({ id }) => users.reactivate(id)),

    /** POST /admin/api/users/:id/let-in: the wrong passwords and codes are forgotten. */
    letIn: action(
      'user_let_in',
      'Wrong passwords and codes are forgotten; nobody has to wait for them.',
      history.letIn,
    ),

    /** POST /admin/api/users/:id/delete */
    remove: action('user_deleted', 'The user is deleted.', async ({ id }) => {
      await users.remove(id);
      return true;
    }),

    /** POST /admin/api/users/:id/reveal → `{ phone, email }`, in full. */
    reveal: (async (req, res) => {
      const user = await requireUser(users, req);
      const { id, phone, email } = user;
      await audit.record(req, 'user_revealed', { target: `user ${id}`, detail: maskedContact(user) });
      answerJson(res, 200, { id, phone, email, message: 'The contacts are shown.' });
    }) satisfies RequestHandler,
  };
}
