import type { Request, RequestHandler } from 'express';
import type { Users } from '../../auth/accounts/users.js';
import type { History } from '../../auth/history/history.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';
import { pageSizes } from '../choices.js';
import type { Layout } from '../layout.js';
import { DEFAULT_PAGE_SIZE, hrefOf, problemOf, readPage, searchText } from '../list-request.js';
import { pager } from '../pager.js';
import { shownUser, shownWhole } from './shown-user.js';
import { historyView, shownHistory } from './user-history.js';
import { userPage, userRow } from './user-view.js';

/** Finding users: the list, and the details of one. */
export function createUserPages(deps: { users: Users; history: History; layout: Layout }) {
  const { users, history, layout } = deps;

  async function whole(req: Request) {
    const user = await requireUser(users, req);
    return { user, ...(await history.of(user)) };
  }

  async function read(req: Request) {
    const query = queryOf(req);
    const q = searchText(query.get('q'));
    const { page, pageSize } = readPage(query);
    return { q, list: await users.list({ q }, page, pageSize) };
  }

  /** A bad parameter is reported on the page, above all users. */
  async function readForPage(req: Request) {
    try {
      return { ...(await read(req)), problem: null };
    } catch (error) {
      const problem = problemOf(error);
      return { q: '', list: await users.list({}, 1, DEFAULT_PAGE_SIZE), problem };
    }
  }

  return {
    /** GET /admin/users?q=&page=&pageSize= */
    listPage: (async (req, res) => {
      const { q, list, problem } = await readForPage(req);
      const query = problem ? new URLSearchParams() : queryOf(req);
      res.status(problem ? 400 : 200).render('users', {
        ...layout(req, 'users'),
        q,
        pageSizes: pageSizes(list.pageSize),
        users: list.users.map(userRow),
        pages: pager(list.users.length, list, (change) => hrefOf('/admin/users', query, change)),
        problem,
      });
    }) satisfies RequestHandler,

    /** GET /admin/users/:id */
    userPage: (async (req, res) => {
      const { user, ...past } = await whole(req);
      res.render('user', { ...layout(req, 'users'), user: userPage(user), ...historyView(past) });
    }) satisfies RequestHandler,

    /** GET /admin/api/users */
    listJson: (async (req, res) => {
      const { list } = await read(req);
      answerJson(res, 200, { ...list, users: list.users.map(shownUser) });
    }) satisfies RequestHandler,

    /** GET /admin/api/users/:id */
    userJson: (async (req, res) => {
      const { user, ...past } = await whole(req);
      answerJson(res, 200, { ...shownWhole(user), ...shownHistory(past) });
    }) satisfies RequestHandler,
  };
}

/** The account that the URL names; throws account_unknown. */
export async function requireUser(users: Pick<Users, 'find'>, req: Request) {
  const found = await users.find(String(req.params.id));
  if (!found) throw new AppError('account_unknown', 'There is no such user.');
  return found;
}
