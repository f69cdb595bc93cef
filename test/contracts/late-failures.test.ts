import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { answerContractErrors, InvalidFields } from '../../src/contracts/answers.js';
import { phoneErrors } from '../../src/contracts/phone.js';
import { answerErrors } from '../../src/http/errors.js';
import { createHttpServer, type HttpServer } from '../../src/http/server.js';
import { type LogFields, silentLog } from '../../src/log.js';

let server: HttpServer;
afterEach(() => server.close(1_000));

it.each([
  ['a contract', 'the disk is on fire', (log: typeof silentLog) => answerContractErrors(phoneErrors, log)],
  ['the rest', 'the disk is on fire', (log: typeof silentLog) => answerErrors({ env: 'production', log })],
  ['a contract', null, (log: typeof silentLog) => answerContractErrors(phoneErrors, log)],
])(
  '%s logs what fails after a part of the answer is out (%s), and ends the connection',
  async (_, words, handler) => {
    const logged: (LogFields | undefined)[] = [];
    const log = { ...silentLog, error: (_message: string, fields?: LogFields) => void logged.push(fields) };
    const app = express();
    app.get('/half', (_req, res, next) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('half of it', () => next(words === null ? new InvalidFields([]) : new Error(words)));
    });
    app.use(handler(log));
    server = createHttpServer(app);
    const port = await server.listen(0, '127.0.0.1');
    const response = await fetch(`http://127.0.0.1:${port}/half`);
    await expect(response.text()).rejects.toThrow();
    expect(logged).toHaveLength(1);
    expect(logged[0]?.error).toMatchObject(words === null ? { name: 'InvalidFields' } : { message: words });
  },
);
