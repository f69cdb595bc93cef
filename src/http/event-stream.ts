import type { Response } from 'express';

/** How long a browser waits before it reopens a stream that broke. */
const RECONNECT_MS = 2_000;

/** Begins an answer of server-sent events. */
export function beginEvents(res: Response): void {
  res.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // nginx passes each event on at once.
    'X-Accel-Buffering': 'no',
  });
  res.write(`retry: ${RECONNECT_MS}\n\n`);
}
