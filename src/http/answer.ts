import type { Request, Response } from 'express';

/** Writes a complete JSON answer at once, without the settings that Express's `res.json` consults. */
export function answerJson(res: Response, status: number, body: object): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  res.end(res.req.method === 'HEAD' ? undefined : text);
}

/** Sets `Retry-After` in whole seconds, at least one, and returns them. */
export function setRetryAfter(res: Response, seconds: number): number {
  const whole = Math.max(1, Math.ceil(seconds));
  res.setHeader('Retry-After', String(whole));
  return whole;
}

/** An own field of a parsed body or form: nothing inherited, nothing from a non-object. */
export function ownField(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
  return (body as Record<string, unknown>)[name];
}

/** Whether a browser asks for an admin page: it gets a page, everybody else gets JSON. */
export function wantsPage(req: Request): boolean {
  return /^\/admin(?!\/api\b)(?=[/?]|$)/.test(req.originalUrl) && req.accepts(['json', 'html']) === 'html';
}

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
