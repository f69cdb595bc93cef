import type { Request, RequestHandler, Response } from 'express';
import type { Callers } from '../../callers/index.js';
import { invalidFields } from '../../errors.js';
import { callerOf } from '../../http/access/api-key.js';
import { answerJson } from '../../http/answer.js';
import { valid } from '../../http/parse.js';
import { requestIdOf } from '../../http/requests/request-id.js';
import type { StartsOnce } from '../../otp/verifications/starts-once.js';
import type { VerificationOrder, Verifications } from '../../otp/verifications/verification.js';
import { isReturnUrl } from '../../typed/return-url.js';
import { idempotencyKeyOf } from '../idempotency-key.js';
import { addressOf } from './asker.js';
import { type StartBody, startBody } from './bodies.js';
import { badReturnUrl } from './fields.js';
import { shown } from './shown.js';

export interface StartDeps {
  verifications: Verifications;
  startsOnce: StartsOnce;
  callers: Pick<Callers, 'admission' | 'testNumbers'>;
  /** Test numbers are for keys that may have them in production. */
  env: string;
}

const DEFAULTS = { codeLength: 6, ttlSeconds: 600 };

/** POST /api/v1/verifications `{ to, … }` */
export function startVerification(deps: StartDeps): RequestHandler {
  const { verifications, startsOnce, callers, env } = deps;

  async function orderOf(req: Request, res: Response, body: StartBody): Promise<VerificationOrder> {
    const caller = callerOf(res);
    const { to: contact, channel, returnUrl, metadata } = body;
    if (returnUrl !== undefined && !isReturnUrl(returnUrl, caller.returnUrls)) {
      throw invalidFields([{ field: 'returnUrl', message: badReturnUrl }]);
    }
    const test = await callers.testNumbers.usable(caller.id, contact.value, env);
    return {
      caller: caller.id,
      contact,
      channel: channel === undefined || channel === 'auto' ? null : channel,
      route: body.route ?? null,
      userFirst: body.userFirst ?? 'auto',
      proof: body.proof ?? 'code',
      locale: body.locale ?? null,
      codeLength: body.codeLength ?? DEFAULTS.codeLength,
      ttlMs: (body.ttlSeconds ?? DEFAULTS.ttlSeconds) * 1_000,
      action: body.action ?? null,
      client: body.client ?? null,
      address: addressOf(req, body.clientIp),
      metadata: metadata ?? null,
      returnUrl: returnUrl ?? null,
      requestId: requestIdOf(res),
      test,
      admit: test === null ? callers.admission(caller, contact.value) : null,
    };
  }

  return async (req, res) => {
    const body = valid(startBody, req);
    const key = idempotencyKeyOf(req);
    const caller = callerOf(res);
    const order = await orderOf(req, res, body);
    const started =
      key === null
        ? await verifications.start(order)
        : await startsOnce.once({ caller: caller.id, key, request: JSON.stringify(body) }, (once) =>
            verifications.start(order, once),
          );
    answerJson(res, 201, shown(started));
  };
}
