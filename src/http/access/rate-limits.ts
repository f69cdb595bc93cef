import type { Request } from 'express';
import { type Options, rateLimit } from 'express-rate-limit';
import { AppError } from '../../errors.js';
import { networkOf } from '../../limits/networks.js';
import { clientAddress } from '../client-address.js';
import { callerOf } from './api-key.js';
import { RateLimitStore } from './rate-limit-store.js';

const MINUTE_MS = 60_000;
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

/** The client's address as limits count it. */
export function addressKey(req: Request): string {
  return networkOf(clientAddress(req));
}
