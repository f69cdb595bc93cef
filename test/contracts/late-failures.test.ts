import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { contractShape } from '../../src/contracts/answers.js';
import { phoneErrors } from '../../src/contracts/phone.js';
import { AppError, invalidFields } from '../../src/errors.js';
import { answerErrors } from '../../src/http/errors.js';
import { gatewayShape } from '../../src/http/gateway-errors.js';
import { createHttpServer, type HttpServer } from '../../src/http/server.js';
import { type LogFields, silentLog } from '../../src/log.js';

let server: HttpServer;
afterEach(() => server.close(1_000));

const SHAPES = {
  'a contract': contractShape(phoneErrors),
  'our own API': gatewayShape({ showStack: false }),
};
const FAILURES = [
  ['unforeseen', new Error('the disk is on fire')],
  ['about fields', invalidFields([])],
  ['ordinary', new AppError('rate_limited', 'Too many requests.')],
] as const;
const cases = Object.entries(SHAPES).flatMap(([name, shape]) =>
  FAILURES.map(([kind, failure]) => [name, kind, shape, failure] as const),
);

it.each(cases)(
  '%s logs an %s failure after a part of the answer is out, and ends the connection',
  async (_api, _kind, shape, failure) => {
    const logged: (LogFields | undefined)[] = [];
    const log = { ...silentLog, error: (_message: string, fields?: LogFields) => void logged.push(fields) };
    const app = express();
    app.get('/half', (_req, res, next) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('half of it', () => next(failure));
    });
    app.use(answerErrors({ shape, log }));
    server = createHttpServer(app);
    const port = await server.listen(0, '127.0.0.1');
    const response = await fetch(`http://127.0.0.1:${port}/half`);
    await expect(response.text()).rejects.toThrow();
    expect(logged).toMatchObject([{ error: failure }]);
  },
);
