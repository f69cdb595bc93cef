import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type * as z from 'zod';
import type { Caller } from '../callers/caller.js';
import type { Callers } from '../callers/index.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { callerOf, withinKeyLimit } from '../http/access/api-key.js';
import { answerJson } from '../http/answer.js';
import { answerErrors, refuseMethod } from '../http/errors.js';
import { queryOf } from '../http/query.js';
import { refuseOtherType } from '../http/requests/body-type.js';
import { requestIdOf } from '../http/requests/request-id.js';
import type { Log } from '../log.js';
import type { Verification, Verifications } from '../otp/verifications/verification.js';
import { requireBasic } from './access.js';
import { shownCheck, shownService, shownServices, shownSummary, shownVerification } from './answers.js';
import {
  formWanted,
  invalidParameter,
  noTarget,
  notFoundAt,
  pathOf,
  tooManyChecks,
  twilioShape,
} from './errors.js';
import { changeForm, checkForm, contactOf, startForm, summaryQuery } from './fields.js';
import { sidsOf, verificationId } from './sids.js';
import { CODE_LENGTH, createStarts, type StartDeps } from './start.js';

export interface TwilioDeps extends StartDeps {
  verifications: Verifications;
  callers: Callers;
  clock: Clock;
  log: Log;
  /** The name in the texts of codes; null: none is set. */
  appName: string | null;
  perAddress: RequestHandler;
  perCaller: RequestHandler;
  /** Without a trailing slash. */
  publicUrl(): string;
}

/** How long one that was approved or canceled can still be fetched. */
const KEPT_MS = 60_000;
const LIMIT_BYTES = 64 * 1024;
/** When this API was first served: the beginning of every service. */
const SINCE = Date.UTC(2026, 10, 29);

/** Twilio's Verify v2, as its unmodified clients speak it: translation of what verifications do. */
export function createTwilio(deps: TwilioDeps): RequestHandler {
  const { verifications, callers, clock, log } = deps;
  const router = Router({ caseSensitive: true });
  const start = createStarts(deps);
  const form = [
    express.urlencoded({ extended: false, limit: LIMIT_BYTES, parameterLimit: 100 }),
    refuseOtherBodies,
  ];
  const base = () => `${deps.publicUrl()}/v2`;
  const guards = (ofAnyAccount = false) => [
    deps.perAddress,
    requireBasic(callers, { ofAnyAccount }),
    deps.perCaller,
    withinKeyLimit(callers),
  ];
  const at = (path: string, handlers: Partial<Record<'get' | 'post', RequestHandler[]>>) => {
    const route = router.route(path);
    if (handlers.get) route.get(...handlers.get);
    if (handlers.post) route.post(...handlers.post);
    const allow = [handlers.get && 'GET, HEAD', handlers.post && 'POST'].filter(Boolean).join(', ');
    route.all(deps.perAddress, refuseMethod(twilioShape, allow));
  };

  /** Of the caller's one service. Throws 20404 for any other. */
  const ownService: RequestHandler = (req, res, next) => {
    const given = String(req.params.service);
    if (given.toLowerCase() !== sidsOf(callerOf(res).id).service.toLowerCase()) throw notFoundAt(pathOf(req));
    next();
  };

  const shown = (res: Response, status: number, verification: Verification) =>
    answerJson(res, status, shownVerification(verification, sidsOf(callerOf(res).id), base()));

  /** By its sid, or by its number or address while it is pending. */
  async function findIn(req: Request, caller: Caller): Promise<Verification> {
    const given = String(req.params.sid);
    const id = verificationId(given);
    if (id !== null) return await verifications.find({ id, caller: caller.id });
    const contact = contactOf(given);
    if (contact === null) throw notFoundAt(pathOf(req));
    return await verifications.findByContact({ caller: caller.id, contact, action: null, client: null });
  }

  const handlers = {
    start: (async (req, res) => {
      shown(res, 201, await start(fields(startForm, req), callerOf(res), requestIdOf(res)));
    }) satisfies RequestHandler,

    check: (async (req, res) => {
      const { Code: code, To: contact, VerificationSid: sid } = fields(checkForm, req);
      const caller = callerOf(res);
      if (contact === undefined && sid === undefined) throw noTarget();
      const of = { caller: caller.id, action: null, client: null };
      const id = contact
        ? (await verifications.findByContact({ ...of, contact })).id
        : verificationId(sid ?? '');
      if (id === null) throw invalidParameter('VerificationSid');
      const which = { id, caller: caller.id };
      await verifications.check(which, code, null, requestIdOf(res)).catch(checksInWords);
      answerJson(res, 200, shownCheck(await verifications.find(which), sidsOf(caller.id)));
    }) satisfies RequestHandler,

    find: (async (req, res) => {
      const found = await findIn(req, callerOf(res));
      if (isGone(found, clock.now())) throw notFoundAt(pathOf(req));
      shown(res, 200, found);
    }) satisfies RequestHandler,

    change: (async (req, res) => {
      const { Status: status } = fields(changeForm, req);
      const caller = callerOf(res).id;
      const { id } = await findIn(req, callerOf(res));
      const which = { id, caller };
      shown(
        res,
        200,
        await (status === 'approved' ? verifications.approve(which) : verifications.cancel(which)),
      );
    }) satisfies RequestHandler,

    services: ((_req, res) => {
      const size = 50;
      answerJson(res, 200, shownServices([serviceOf(res)], base(), size));
    }) satisfies RequestHandler,

    service: ((_req, res) => answerJson(res, 200, serviceOf(res))) satisfies RequestHandler,

    summary: (async (req, res) => {
      const read = fieldsOf(summaryQuery, Object.fromEntries(queryOf(req)));
      const { id } = callerOf(res);
      const own = read.VerifyServiceSid ?? sidsOf(id).service;
      if (own.toLowerCase() !== sidsOf(id).service.toLowerCase()) throw notFoundAt(pathOf(req));
      const period = {
        since: read.DateCreatedAfter ?? 0,
        until: read.DateCreatedBefore ?? Number.MAX_SAFE_INTEGER,
      };
      answerJson(res, 200, shownSummary(await verifications.tally(id, period), base()));
    }) satisfies RequestHandler,
  };

  function serviceOf(res: Response) {
    const service = { name: deps.appName ?? 'Verify', codeLength: CODE_LENGTH, since: SINCE };
    return shownService(sidsOf(callerOf(res).id), service, base());
  }

  at('/Services', { get: [...guards(true), handlers.services] });
  at('/Services/:service', { get: [...guards(), ownService, handlers.service] });
  at('/Services/:service/Verifications', { post: [...guards(), ownService, ...form, handlers.start] });
  at('/Services/:service/VerificationCheck', { post: [...guards(), ownService, ...form, handlers.check] });
  at('/Services/:service/Verifications/:sid', {
    get: [...guards(), ownService, handlers.find],
    post: [...guards(), ownService, ...form, handlers.change],
  });
  at('/Attempts/Summary', { get: [...guards(), handlers.summary] });
  router.use(deps.perAddress, (req) => {
    throw notFoundAt(pathOf(req));
  });
  router.use(answerErrors({ shape: twilioShape, log }));
  return router;
}

/** One that was used up by wrong checks is there for as long as it keeps others from starting. */
function isGone({ status, expiresAt, endedAt }: Verification, now: number): boolean {
  if (status === 'pending') return false;
  if (status === 'expired' || endedAt === null) return true;
  return now >= (status === 'max_checks' ? expiresAt : endedAt + KEPT_MS);
}

/** After the parser of forms: what it has left alone. Without a body every field is missing. */
const refuseOtherBodies: RequestHandler = (req, _res, next) => {
  if (req.body !== undefined) next();
  else refuseOtherType(req, (refusal) => next(refusal && formWanted()));
};

function fields<T>(schema: z.ZodType<T>, req: Request): T {
  return fieldsOf(schema, typeof req.body === 'object' && req.body !== null ? req.body : {});
}

/** Throws 60200, and names the first field that is not valid. */
function fieldsOf<T>(schema: z.ZodType<T>, given: object): T {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw invalidParameter(String(read.error.issues[0]?.path[0] ?? ''));
}

/** Wrong codes are counted together for a contact, however many verifications of it there are. */
function checksInWords(error: unknown): never {
  const isLimit = error instanceof AppError && error.code === 'rate_limited';
  throw isLimit ? tooManyChecks(error.options.retryAfterSeconds) : error;
}
