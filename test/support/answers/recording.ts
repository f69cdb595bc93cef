import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** One answer of the product, as it left. */
export interface RecordedAnswer {
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  /** Without its parameters. */
  type: string;
  text: string;
}

/** Of one operation and status within one test: a thousand are no better than the first. */
const MOST_ALIKE = 50;

const waiting: RecordedAnswer[] = [];
const alike = new Map<string, number>();

/** From now on every answer of the product in this process is kept for `takeAnswers`; only the product's own app, no other server. */
export function recordAnswers(): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const [path = ''] = (request.url ?? '').split('?');
    const end = response.end;
    response.end = function keepAndEnd(this: ServerResponse, ...given: unknown[]) {
      if (isOurs(response)) keep(request, response, path, given[0]);
      return Reflect.apply(end, this, given);
    } as typeof end;
  });
}

/** What was answered since the last time. */
export function takeAnswers(): RecordedAnswer[] {
  alike.clear();
  return waiting.splice(0);
}

function isOurs(response: ServerResponse): boolean {
  // Node itself answers what it does not take for a request: then nothing of the app has looked at it.
  const { app, locals } = response as { app?: Express; locals?: object };
  return locals !== undefined && app?.get('view engine') === 'ejs';
}

function keep(request: IncomingMessage, response: ServerResponse, path: string, chunk: unknown): void {
  const { method = '' } = request;
  const { statusCode: status } = response;
  const times = (alike.get(`${method} ${path} ${status}`) ?? 0) + 1;
  alike.set(`${method} ${path} ${status}`, times);
  if (times > MOST_ALIKE) return;
  const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? String(chunk) : '';
  const [type = ''] = String(typeOf(response)).split(';');
  waiting.push({ method, path, status, type, text });
}

/** `writeHead` with headers of its own does not keep them where `getHeader` looks. */
function typeOf(response: ServerResponse): string {
  const { _header: head } = response as { _header?: string | null };
  return (
    /^content-type: ([^\r\n]*)/im.exec(head ?? '')?.[1] ?? String(response.getHeader('content-type') ?? '')
  );
}
