import type { Request, RequestHandler } from 'express';
import type { Callers } from '../../callers/index.js';
import { AppError } from '../../errors.js';
import type { Limits } from '../../limits/index.js';
import { ownField } from '../answer.js';
import { shownKey } from './api-key.js';
import type { CaptchaVerifier } from './captcha-verifier.js';
import { callerOfKey, clientOf } from './client.js';

/** Ours, and those that the widgets of Turnstile and hCaptcha put into a form. */
const FIELDS = ['captcha', 'cf-turnstile-response', 'h-captcha-response'];
const MAX_TOKEN = 8_192;

/**
 * Lets a request pass that brings the token of a solved CAPTCHA in its body, and one of a back end that shows an API key for
 * sending: it asks for its own users, and has no page. Comes after the body and `knowClient`.
 */
export function requireCaptcha(
  verifier: CaptchaVerifier,
  callers: Pick<Callers, 'identify'>,
  limits: Pick<Limits, 'count'>,
): RequestHandler {
  return async (req, res, next) => {
    if (await maySend(callers, req)) return next();
    const token = FIELDS.map((field) => ownField(req.body, field)).find((value) => typeof value === 'string');
    if (typeof token !== 'string' || token === '' || token.length > MAX_TOKEN) throw notSolved();
    const { address } = clientOf(res);
    // As not solved, until the answer is there: one address must not take the service from all others.
    const counted = await limits.count([{ rule: 'address-captchas', of: address }]);
    const isSolved = await verifier.isSolved(token, address).catch(async (error: unknown) => {
      await counted.giveBack();
      throw error;
    });
    if (!isSolved) throw notSolved();
    await counted.giveBack();
    next();
  };
}

function notSolved(): AppError {
  return new AppError('captcha_failed', 'Please solve the CAPTCHA.');
}

async function maySend(callers: Pick<Callers, 'identify'>, req: Request): Promise<boolean> {
  const key = shownKey(req);
  const caller = key === null ? null : await callerOfKey(callers, key, req);
  return caller?.scopes.has('otp:send') ?? false;
}
