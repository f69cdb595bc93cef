import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Express, Request, Response } from 'express';
import { type Clock, systemClock } from '../clock.js';
import { type Log, silentLog } from '../log.js';
import { guardConnections } from './connections.js';
import { giveRequestId, newRequestId, requestIdLine, requestIdOf } from './requests/request-id.js';
import { shownPath } from './requests/shown-path.js';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const TIMEOUT_CHECK_INTERVAL_MS = 3_000;
const IDLE_SWEEP_MS = 20;

export interface HttpServer {
  /** Resolves with the port (chosen by the system for 0), or rejects as `listen` fails (EADDRINUSE, …). */
  listen(port: number, host: string): Promise<number>;
  /** Stops accepting, gives responses in progress at most `boundMs` to finish, then cuts the rest. */
  close(boundMs: number): Promise<void>;
}

export function createHttpServer(
  app: Express,
  settings: {
    clock?: Clock;
    log?: Log;
    /** 0: any number. */
    connectionsPerAddress?: number;
    /** Of answers that do not come from the app. */
    headers?: Readonly<Record<string, string>>;
  } = {},
): HttpServer {
  const { clock = systemClock, log = silentLog, connectionsPerAddress = 0, headers = {} } = settings;
  const server = createServer(
    {
      ...messageClasses(app, clock),
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    },
    app,
  );
  guardConnections(server, { clock, log, perAddress: connectionsPerAddress });
  server.on('clientError', answerClientError({ headers, clock, log }));
  server.on('checkExpectation', (req, res) => app(req, res));
  if (log.isDebugged !== false) server.prependListener('request', noteRequests({ clock, log }));

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: (boundMs) => closeServer(server, boundMs),
  };
}

/**
 * Express sets the prototype of every request and response, which makes V8 drop its optimised code for both
 * (expressjs/express#5998). Objects created with that prototype are left alone: about twice the speed.
 */
function messageClasses(app: Express, clock: Clock) {
  class ExpressRequest extends IncomingMessage {}
  /** Here, so that also what Node answers by itself has an id. */
  class ExpressResponse extends ServerResponse {
    constructor(...args: ConstructorParameters<typeof ServerResponse>) {
      super(...args);
      giveRequestId(this, clock.now());
    }
  }
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype as Request;
  app.response = ExpressResponse.prototype as Response;
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

/** A line for each request, when somebody looks closely. */
function noteRequests({ clock, log }: { clock: Clock; log: Log }) {
  return (req: IncomingMessage, res: ServerResponse): void => {
    const began = clock.elapsed();
    res.once('close', () => {
      log.debug('a request', () => ({
        requestId: requestIdOf(res),
        method: req.method,
        path: shownPath((req as Request).originalUrl ?? req.url ?? ''),
        status: res.writableFinished ? res.statusCode : null,
        tookMs: Math.round(clock.elapsed() - began),
      }));
    });
  };
}

/** What never became a request (bad syntax, headers too large or too slow) also gets a JSON answer. */
const answerClientError =
  ({ headers, clock, log }: { headers: Readonly<Record<string, string>>; clock: Clock; log: Log }) =>
  (error: NodeJS.ErrnoException, socket: Duplex): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const [status, message, code] =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request took too long to arrive.', 'request_timeout']
        : error.code === 'HPE_HEADER_OVERFLOW'
          ? ['431 Request Header Fields Too Large', 'The request headers are too large.', 'headers_too_large']
          : ['400 Bad Request', 'Bad Request: this is not valid HTTP.', 'bad_request'];
    const body = JSON.stringify({ message, code });
    const requestId = newRequestId(clock.now());
    log.debug('what came was no request', { requestId, code });
    const head = [
      `HTTP/1.1 ${status}`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      requestIdLine(requestId),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  };

/** In real time, whatever clock the rest uses, like Node's own timeouts. */
function closeServer(server: Server, boundMs: number): Promise<void> {
  return new Promise((resolve) => {
    const bound = systemClock.after(boundMs, () => server.closeAllConnections());
    server.prependListener('request', (_req, res) => {
      res.shouldKeepAlive = false;
    });
    server.close(() => {
      bound.cancel();
      sweep.cancel();
      resolve();
    });
    // Node closes what is idle now; a keep-alive connection that becomes idle later would hold the server for a minute.
    let sweep = systemClock.after(0, function closeIdle() {
      server.closeIdleConnections();
      sweep = systemClock.after(IDLE_SWEEP_MS, closeIdle);
    });
  });
}
