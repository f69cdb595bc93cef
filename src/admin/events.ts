import type { RequestHandler } from 'express';
import type { Sender } from '../channels/sender.js';
import type { Clock, Timer } from '../clock.js';
import type { Changes } from '../delivery/changes.js';
import { AppError } from '../errors.js';
import { beginEvents } from '../http/answer.js';
import type { Sessions } from '../http/operator-sessions/sessions.js';

/** A page reloads itself at every event: more often would only waste work. */
const MIN_GAP_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const MAX_STREAMS = 100;

/**
 * GET /admin/events: server-sent events. `change` says that something shown may have changed, never what: the page
 * then asks, with its session. `end` says that the session is over.
 * @param deps.closing ends all streams.
 */
export function eventStream(deps: {
  sender: Pick<Sender, 'onStatus' | 'attend'>;
  changes: Pick<Changes, 'subscribe'>;
  sessions: Sessions;
  clock: Clock;
  closing: AbortSignal;
}): RequestHandler {
  const { sender, changes, sessions, clock, closing } = deps;
  /** How each open stream is ended. */
  const open = new Set<() => void>();
  // One listener for all: with more than ten, Node warns of a leak.
  closing.addEventListener('abort', () => {
    for (const close of open) close();
  });

  return (req, res, next) => {
    if (open.size >= MAX_STREAMS || closing.aborted) {
      return next(new AppError('rate_limited', 'Too many pages are listening; this one asks by itself.'));
    }
    // The end of the response must not count as a request: it would extend a session that has ended.
    sessions.detach(req);
    beginEvents(res);
    if (req.method === 'HEAD') return void res.end();

    let lastAt = clock.elapsed();
    let pending: Timer | null = null;
    const announce = () => {
      pending = null;
      lastAt = clock.elapsed();
      res.write('event: change\ndata: {}\n\n');
    };
    const onChange = () => {
      pending ??= clock.after(Math.max(0, lastAt + MIN_GAP_MS - clock.elapsed()), announce);
    };
    const unsubscribe = [sender.onStatus(onChange), changes.subscribe(onChange)];

    let heartbeat: Timer;
    async function beat() {
      const valid = await sessions.stillValid(req).catch(() => true);
      if (!open.has(close)) return;
      if (!valid) return end('event: end\ndata: {}\n\n');
      sender.attend();
      res.write(':\n\n');
      heartbeat = clock.after(HEARTBEAT_MS, beat);
    }
    heartbeat = clock.after(HEARTBEAT_MS, beat);
    sender.attend();

    function stop() {
      if (!open.delete(close)) return;
      heartbeat.cancel();
      pending?.cancel();
      for (const each of unsubscribe) each();
    }
    /** With a slow client, `close` may come late: nothing may be written after the end until then. */
    function end(lastEvent: string) {
      stop();
      res.end(lastEvent);
    }
    const close = () => end('');
    open.add(close);
    res.on('close', stop);
  };
}
