import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { type Options, rateLimit } from 'express-rate-limit';
import { AppError } from '../../errors.js';
import { networkOf } from '../../limits/networks.js';
import { typedName } from '../../typed/name.js';
import { ownField } from '../answer.js';
import { clientAddress } from '../client-address.js';
import { callerOf } from './api-key.js';
import { RateLimitStore } from './rate-limit-store.js';

const MINUTE_MS = 60_000;
const LOGINS_PER_ADDRESS = { limit: 5, windowMs: 15 * MINUTE_MS };
const LOGINS_PER_USER_NAME = { limit: 10, windowMs: 60 * MINUTE_MS };
/** Of health checks; a balancer asks every few seconds. */
const HEALTH_CHECKS_PER_MINUTE = 600;

/** `validate: false`: the library's self-checks run once, at the first request, and write to the console. */
const COMMON = {
  standardHeaders: 'draft-6',
  legacyHeaders: false,
  validate: false,
} satisfies Partial<Options>;

/** Counts requests per client address (IPv6 by /64) and per caller, in windows of a minute. */
export function createRateLimits(perMinute: number) {
  const limit = (whose: string, keyGenerator: NonNullable<Options['keyGenerator']>, most = perMinute) =>
    rateLimit({
      ...COMMON,
      store: new RateLimitStore(),
      windowMs: MINUTE_MS,
      limit: most,
      keyGenerator,
      handler: (_req, _res, next) =>
        next(new AppError('rate_limited', `Too many requests from this ${whose}. Please slow down.`)),
    });
  return {
    perAddress: limit('address', addressKey),
    healthChecks: limit('address', addressKey, HEALTH_CHECKS_PER_MINUTE),
    perCaller: limit('API key', (_req, res) => callerOf(res).id),
  };
}

/** Counts failed logins per address and per user name; successful ones are not counted. */
export function createLoginLimits(
  tooMany: (req: Request, res: Response, freeAgainAt: Date) => Promise<void>,
): RequestHandler[] {
  const limit = (
    window: { limit: number; windowMs: number },
    keyGenerator: NonNullable<Options['keyGenerator']>,
  ) =>
    rateLimit({
      ...COMMON,
      store: new RateLimitStore(),
      ...window,
      skipSuccessfulRequests: true,
      requestPropertyName: 'loginLimit',
      keyGenerator,
      handler: (req, res, next) => {
        const { loginLimit } = req as Request & { loginLimit: { resetTime: Date } };
        tooMany(req, res, loginLimit.resetTime).catch(next);
      },
    });
  return [limit(LOGINS_PER_ADDRESS, addressKey), limit(LOGINS_PER_USER_NAME, userNameOf)];
}

/** The client's address as limits count it. */
export function addressKey(req: Request): string {
  return networkOf(clientAddress(req));
}

/** Hashed, so that a long name takes no more memory than a short one. */
function userNameOf(req: Request): string {
  return createHash('sha256')
    .update(typedName(String(ownField(req.body, 'username'))))
    .digest('base64');
}
