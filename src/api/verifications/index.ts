import type { Request, RequestHandler, Response } from 'express';
import { areCodesCounted } from '../../callers/caller.js';
import { AppError } from '../../errors.js';
import { callerOf } from '../../http/access/api-key.js';
import { answerJson } from '../../http/answer.js';
import { valid } from '../../http/parse.js';
import { requestIdOf } from '../../http/requests/request-id.js';
import { isVerificationId } from '../../otp/verifications/secrets.js';
import type { Which } from '../../otp/verifications/verification.js';
import { addressOf } from './asker.js';
import { checkBody, checkByContactBody, resendBody } from './bodies.js';
import { readFilter, readWaitMs } from './query.js';
import { shown } from './shown.js';
import { type StartDeps, startVerification } from './start.js';

/** /api/v1/verifications: codes that this server checks. */
export function createVerificationHandlers(
  deps: StartDeps & {
    /** Ends held requests when the server stops. */
    closing: AbortSignal;
  },
) {
  const { verifications, closing } = deps;

  return {
    start: startVerification(deps),

    /** GET /api/v1/verifications `?to=&status=&limit=&cursor=` */
    list: (async (req, res) => {
      const page = await verifications.list(callerOf(res).id, readFilter(req));
      answerJson(res, 200, { verifications: page.verifications.map(shown), nextCursor: page.nextCursor });
    }) satisfies RequestHandler,

    /** GET /api/v1/verifications/:id `?wait=` */
    find: (async (req, res) => {
      const which = whichOf(req, res);
      const waitMs = readWaitMs(req);
      const found =
        waitMs === 0
          ? await verifications.find(which)
          : await verifications.changed(which, null, waitMs, untilClosed(res, closing));
      answerJson(res, 200, shown(found));
    }) satisfies RequestHandler,

    /** POST /api/v1/verifications/:id/check `{ code }` */
    check: (async (req, res) => {
      const which = whichOf(req, res);
      const { code, clientIp } = valid(checkBody, req);
      answerJson(
        res,
        200,
        await verifications.check(which, code, addressOf(req, clientIp), requestIdOf(res)),
      );
    }) satisfies RequestHandler,

    /** POST /api/v1/verifications/check `{ to, code, action, client }` */
    checkByContact: (async (req, res) => {
      const { to: contact, code, action = null, client = null, clientIp } = valid(checkByContactBody, req);
      const which = { caller: callerOf(res).id, contact, action, client };
      answerJson(
        res,
        200,
        await verifications.checkByContact(which, code, addressOf(req, clientIp), requestIdOf(res)),
      );
    }) satisfies RequestHandler,

    /** POST /api/v1/verifications/:id/resend `{ channel }` */
    resend: (async (req, res) => {
      const which = whichOf(req, res);
      const { channel = null, clientIp } = valid(resendBody, req);
      const caller = callerOf(res);
      const { to } = areCodesCounted(caller) ? await verifications.find(which) : { to: '' };
      const admit = deps.callers.admission(caller, to);
      const again = { channel, address: addressOf(req, clientIp), requestId: requestIdOf(res), admit };
      answerJson(res, 200, shown(await verifications.resend(which, again)));
    }) satisfies RequestHandler,

    /** POST /api/v1/verifications/:id/cancel */
    cancel: (async (req, res) => {
      answerJson(res, 200, shown(await verifications.cancel(whichOf(req, res))));
    }) satisfies RequestHandler,
  };
}

/** A caller's own. */
function whichOf(req: Request, res: Response): Which {
  const { id } = req.params;
  if (isVerificationId(id)) return { id, caller: callerOf(res).id };
  throw new AppError('verification_not_found', 'There is no such verification, or it has ended.');
}

/** Aborts when the answer is not waited for any more. */
function untilClosed(res: Response, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  return AbortSignal.any([gone.signal, closing]);
}
