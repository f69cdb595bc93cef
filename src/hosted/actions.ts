import type { Request, RequestHandler, Response } from 'express';
import type { Callers } from '../callers/index.js';
import { AppError } from '../errors.js';
import { ownField } from '../http/answer.js';
import { requestIdOf } from '../http/requests/request-id.js';
import type { Limits } from '../limits/index.js';
import type { Verifications } from '../otp/verifications/verification.js';
import { typedNumber } from '../typed/number.js';
import { addressOf, type Notice } from './notice.js';
import { browserOf, verificationOf } from './opened.js';

const CODE = /^\d{4,10}$/;

/** What the page's forms do. Each leads back to the page, which shows what came of it. */
export function createPageActions(deps: {
  verifications: Pick<Verifications, 'check' | 'resend'>;
  limits: Pick<Limits, 'count'>;
  callers: Pick<Callers, 'countCodeOf'>;
}): { check: RequestHandler; resend: RequestHandler } {
  const { verifications, limits, callers } = deps;

  async function check(req: Request, res: Response): Promise<Notice | null> {
    const code = typedNumber(fieldOf(req, 'code'));
    if (code === '') return said('missing');
    if (!CODE.test(code)) return said('wrong');
    await limits.count([{ rule: 'browser-checks', of: browserOf(res).name }]);
    const { valid } = await verifications.check({ id: verificationOf(res).id }, code, null, requestIdOf(res));
    return valid ? null : said('wrong');
  }

  async function resend(req: Request, res: Response): Promise<Notice | null> {
    const channel = fieldOf(req, 'channel');
    await limits.count([{ rule: 'browser-sends', of: browserOf(res).name }]);
    const { id, caller, to, isTest } = verificationOf(res);
    const admit = isTest ? null : () => callers.countCodeOf(caller, to);
    const again = {
      channel: channel === '' ? null : channel,
      address: null,
      requestId: requestIdOf(res),
      admit,
    };
    const sent = await verifications.resend({ id }, again);
    // A new link speaks for itself.
    return sent.channel === null ? null : said('resent');
  }

  const leadingBack =
    (act: (req: Request, res: Response) => Promise<Notice | null>): RequestHandler =>
    async (req, res) => {
      const notice = await act(req, res).catch(refusalOf);
      res.redirect(303, addressOf(`/v/${req.params.token}`, notice));
    };

  return { check: leadingBack(check), resend: leadingBack(resend) };
}

/** What the page says of a refusal; one that has ended says so by itself. */
function refusalOf(error: unknown): Notice | null {
  if (!(error instanceof AppError)) throw error;
  const { code, options } = error;
  if (code === 'verification_not_found' || code === 'max_checks_reached') return null;
  if (code === 'max_sends_reached') return said('noSends');
  if (code === 'resend_too_soon' || code === 'rate_limited') {
    return { name: 'wait', seconds: Math.ceil(options.retryAfterSeconds ?? 1) };
  }
  return said('notNow');
}

function said(name: Notice['name']): Notice {
  return { name, seconds: 0 };
}

function fieldOf(req: Request, name: string): string {
  const value = ownField(req.body, name);
  return typeof value === 'string' ? value : '';
}
