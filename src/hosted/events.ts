import type { RequestHandler } from 'express';
import { AppError } from '../errors.js';
import { beginEvents } from '../http/answer.js';
import { queryOf } from '../http/query.js';
import type { Verifications } from '../otp/verifications/verification.js';
import { browserOf, verificationOf } from './opened.js';

/** After so long without a change, a sign of life. */
const QUIET_MS = 20_000;
const MAX_STREAMS = 1_000;
/** One more ends the oldest: who keeps opening pages takes nothing from others. */
const MAX_OF_BROWSER = 3;

/**
 * GET /v/<token>/events?version=: server-sent events. `change` says that the page would show something else, never what.
 * It ends with the verification, or when its browser opens too many.
 * @param deps.closing ends all streams.
 */
export function pageEvents(deps: {
  verifications: Pick<Verifications, 'changed'>;
  closing: AbortSignal;
}): RequestHandler {
  const { verifications, closing } = deps;
  /** The oldest first, each with the name of its browser. */
  const open = new Map<AbortController, string>();
  // One listener for all: with more than ten, Node warns of a leak.
  closing.addEventListener('abort', () => {
    for (const stream of open.keys()) stream.abort();
  });

  function makeRoom(name: string): void {
    const own = [...open].filter(([, browser]) => browser === name).map(([stream]) => stream);
    if (own.length < MAX_OF_BROWSER) return;
    own[0]?.abort();
    if (own[0]) open.delete(own[0]);
  }

  return async (req, res, next) => {
    const { name } = browserOf(res);
    makeRoom(name);
    if (open.size >= MAX_STREAMS || closing.aborted) {
      return next(new AppError('rate_limited', 'Too many pages are listening; this one asks by itself.'));
    }
    const { id } = verificationOf(res);
    let version = queryOf(req).get('version');
    const stream = new AbortController();
    const { signal } = stream;
    open.set(stream, name);
    res.on('close', () => stream.abort());
    beginEvents(res);
    try {
      while (!signal.aborted) {
        const now = await verifications.changed({ id }, version, QUIET_MS, signal);
        if (signal.aborted) break;
        const isNews = version !== null && now.version !== version;
        res.write(isNews ? 'event: change\ndata: {}\n\n' : ':\n\n');
        version = now.version;
        if (now.status !== 'pending') break;
      }
    } catch {
      // The browser opens it again, and asks by itself until then.
    } finally {
      open.delete(stream);
      res.end();
    }
  };
}
