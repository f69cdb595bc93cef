import type { Request, RequestHandler } from 'express';
import type { Jobs } from '../../delivery/operators/jobs.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import { jobNumber, queryOf } from '../../http/query.js';
import type { Codes } from '../../otp/operators/codes.js';
import type { LookAtReach } from '../../otp/operators/reach.js';
import { parseE164 } from '../../otp/phone.js';
import type { Layout } from '../layout.js';
import { bad, problemOf, searchText } from '../list-request.js';
import { reachView, shownReach } from './reach-view.js';

/** "Can we write to …?": what is known of a number, and what a code would do now. */
export function createReachPages(deps: {
  lookAtReach: LookAtReach;
  jobs: Pick<Jobs, 'find'>;
  codes: Pick<Codes, 'find'>;
  layout: Layout;
}) {
  const { lookAtReach, jobs, codes, layout } = deps;

  /** From `?q=` (a number), `?job=` or `?verification=`; null: nothing is asked. Throws bad_request, not_found. */
  async function numberOf(req: Request): Promise<string | null> {
    const query = queryOf(req);
    const [q, job, verification] = [searchText(query.get('q')), query.get('job'), query.get('verification')];
    if (q !== '') {
      const phone = parseE164(q.replace(/^\s*00/, '+'));
      return phone ?? Promise.reject(bad('Enter a number in international format, such as +201001234567.'));
    }
    if (job !== null) return contactOf((await jobs.find(jobNumber(job) ?? 0))?.phoneNumber);
    if (verification !== null) return contactOf((await codes.find(verification))?.contact);
    return null;
  }

  async function readForPage(req: Request) {
    try {
      return { phone: await numberOf(req), problem: null };
    } catch (error) {
      return { phone: null, problem: problemOf(error) };
    }
  }

  return {
    /** GET /admin/reach?q=|job=|verification= */
    page: (async (req, res) => {
      const { phone, problem } = await readForPage(req);
      const report = phone === null ? null : reachView(await lookAtReach(phone));
      res.status(problem === null ? 200 : 400).render('reach', {
        ...layout(req, 'status'),
        q: queryOf(req).get('q') ?? '',
        problem,
        report,
      });
    }) satisfies RequestHandler,

    /** GET /admin/api/reach?q=|job=|verification= */
    json: (async (req, res) => {
      const phone = await numberOf(req);
      if (phone === null) throw bad('"q" must be a number.');
      answerJson(res, 200, shownReach(await lookAtReach(phone)));
    }) satisfies RequestHandler,
  };
}

function contactOf(contact: string | null | undefined): string {
  if (contact?.startsWith('+')) return contact;
  throw new AppError('not_found', 'There is no number to look at: it is gone, or it was an address.');
}
