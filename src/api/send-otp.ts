import type { RequestHandler } from 'express';
import type { Callers } from '../callers/index.js';
import { AppError } from '../errors.js';
import { callerOf } from '../http/access/api-key.js';
import { answerJson, ownField } from '../http/answer.js';
import { hintOfNames } from '../http/requests/field-names.js';
import { refuseUnknown } from '../http/requests/known-fields.js';
import { requestIdOf } from '../http/requests/request-id.js';
import { parseE164 } from '../otp/phone.js';
import type { CodeRequests } from '../otp/request.js';
import type { Routing } from '../otp/route/route.js';
import { isBlank } from '../typed/invisible.js';
import { createWishReader } from './code-wish.js';
import { idempotencyKeyOf } from './idempotency-key.js';

const FIELDS = ['phoneNumber', 'route', 'locale', 'ttlSeconds', 'otp'];

/** POST /api/v1/otp/send `{ phoneNumber, route?, locale?, ttlSeconds?, otp? }` */
export function sendOtp(deps: {
  codes: CodeRequests;
  callers: Pick<Callers, 'admission'>;
  routing: Pick<Routing, 'reaches'>;
}): RequestHandler {
  const { codes, callers, routing } = deps;
  const wishIn = createWishReader((channel) => routing.reaches(channel, 'phone'));
  return async (req, res) => {
    refuseUnknown(req, req.body, FIELDS);
    const recipient = recipientOf(req.body);
    const wish = wishIn(req.body);
    const idempotencyKey = idempotencyKeyOf(req);
    const caller = callerOf(res);
    const issued = await codes.request({
      caller: caller.id,
      recipient,
      ...(Object.keys(wish).length > 0 && { wish }),
      requestId: requestIdOf(res),
      idempotencyKey,
      admit: callers.admission(caller, recipient),
    });
    answerJson(res, 202, {
      message: 'OTP request accepted and has been queued for sending.',
      otp: issued.otp,
      jobId: issued.jobId,
      phoneNumber: recipient,
      otp_expires_at: new Date(issued.expiresAt).toISOString(),
      estimated_delivery_seconds: issued.estimatedDeliverySeconds,
    });
  };
}

function objectOf(body: unknown): object {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
}

function recipientOf(body: unknown): string {
  const given = ownField(body, 'phoneNumber');
  if (isBlank(given)) {
    const hint = hintOfNames(objectOf(body), FIELDS, ['phoneNumber']);
    throw new AppError(
      'phone_number_required',
      'Bad Request: "phoneNumber" is required in the request body.',
      hint === null ? {} : { hint },
    );
  }
  const recipient = parseE164(given);
  if (recipient === null) {
    throw new AppError(
      'phone_number_invalid',
      'Bad Request: Invalid phone number format. Please provide the number in international format starting with + and country code (e.g., +966XXXXXXXXX).',
      typeof given === 'string' ? {} : { hint: '"phoneNumber" must be a string.' },
    );
  }
  return recipient;
}
