import type { RequestHandler } from 'express';
import { atMostEvery, type Clock } from '../clock.js';
import type { Log } from '../log.js';

const HOUR_MS = 60 * 60_000;

/**
 * Where no proxy is trusted, `X-Forwarded-For` tells of one that nobody has set up (then everybody behind it is one client
 * to us), or of somebody who tries to seem another. It counts for nothing; the log says so once an hour.
 */
export function noteForwarded({ clock, log }: { clock: Clock; log: Log }): RequestHandler {
  let requests = 0;
  const tell = atMostEvery(clock, HOUR_MS, () => {
    log.warn('X-Forwarded-For arrives but is not believed: behind a proxy, set TRUST_PROXY', { requests });
    requests = 0;
  });
  return (req, _res, next) => {
    if (req.headers['x-forwarded-for'] !== undefined) {
      requests++;
      tell();
    }
    next();
  };
}
