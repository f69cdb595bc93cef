import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';
import type { Codes, CodeView } from '../../otp/operators/codes.js';
import type { CallerNames } from '../callers/caller-names.js';
import type { Layout } from '../layout.js';
import { DEFAULT_PAGE_SIZE, type Href, hrefOf, problemOf } from '../list-request.js';
import { NO_FILTER, readListRequest } from './filter-request.js';
import { listView } from './list-view.js';
import { shownStory, shownVerification } from './shown-verification.js';
import { verificationPage } from './verification-view.js';

const EVERYTHING = { status: null, channel: null, caller: null, q: null };

/** Finding verifications, and the other codes that have a route of their own: the list, and the story of one. */
export function createVerificationPages(deps: {
  codes: Codes;
  callerNames(): Promise<CallerNames>;
  layout: Layout;
}) {
  const { codes, layout, callerNames } = deps;

  async function read(req: Request) {
    const { text, filter, page, pageSize } = readListRequest(req);
    return { text, list: await codes.list(filter, page, pageSize) };
  }

  /** A bad parameter is reported on the page, above all verifications. */
  async function readForPage(req: Request) {
    try {
      return { ...(await read(req)), problem: null };
    } catch (error) {
      const problem = problemOf(error);
      return { text: NO_FILTER, list: await codes.list(EVERYTHING, 1, DEFAULT_PAGE_SIZE), problem };
    }
  }

  async function storyOf(req: Request) {
    return (await codes.story(String(req.params.id))) ?? Promise.reject(noSuchVerification());
  }

  return {
    /** GET /admin/verifications */
    listPage: (async (req, res) => {
      const [read, names] = await Promise.all([readForPage(req), callerNames()]);
      const query = read.problem ? new URLSearchParams() : queryOf(req);
      const href: Href = (change) => hrefOf('/admin/verifications', query, change);
      res
        .status(read.problem ? 400 : 200)
        .render('verifications', { ...layout(req, 'verifications'), ...listView({ ...read, names }, href) });
    }) satisfies RequestHandler,

    /** GET /admin/verifications/:id */
    storyPage: (async (req, res) => {
      const [story, names] = await Promise.all([storyOf(req), callerNames()]);
      res.render('verification', { ...layout(req, 'verifications'), code: verificationPage(story, names) });
    }) satisfies RequestHandler,

    /** GET /admin/api/verifications → `{ verifications, total, atLeast, page, pageSize }` */
    listJson: (async (req, res) => {
      const { codes: found, ...list } = (await read(req)).list;
      answerJson(res, 200, { verifications: found.map(shownVerification), ...list });
    }) satisfies RequestHandler,

    /** GET /admin/api/verifications/:id */
    storyJson: (async (req, res) =>
      answerJson(res, 200, shownStory(await storyOf(req)))) satisfies RequestHandler,
  };
}

/** The code that the URL names; throws not_found. */
export async function requireCode(codes: Pick<Codes, 'find'>, req: Request): Promise<CodeView> {
  return (await codes.find(String(req.params.id))) ?? Promise.reject(noSuchVerification());
}

function noSuchVerification(): AppError {
  return new AppError('not_found', 'There is no such verification, or it ended more than a day ago.');
}
