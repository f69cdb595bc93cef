import type { RequestHandler } from 'express';
import type { Receiver } from '../channels/sms/index.js';
import { AppError } from '../errors.js';
import { answerJson } from '../http/answer.js';
import { queryOf } from '../http/query.js';
import { requestIdOf } from '../http/requests/request-id.js';

const NOTHING = Buffer.alloc(0);

/**
 * GET and POST /providers/:channel/:key: what a provider reports about messages. 200 before anything is stored: a
 * provider that waits reports again.
 */
export function providerReceipts(receivers: Readonly<Record<string, Receiver | null>>): RequestHandler {
  return async (req, res) => {
    const { channel = '', key = '' } = req.params as Record<string, string>;
    const receiver = Object.hasOwn(receivers, channel) ? receivers[channel] : null;
    if (!receiver || !['GET', 'POST'].includes(req.method)) throw nothingHere();
    const raw = Buffer.isBuffer(req.body) ? req.body : NOTHING;
    const received = await receiver.receive({
      key,
      headers: req.headers,
      query: queryOf(req),
      raw,
      requestId: requestIdOf(res),
    });
    switch (received) {
      case 'taken':
        return answerJson(res, 200, { received: true });
      case 'elsewhere':
        throw nothingHere();
      case 'unsigned':
        throw new AppError('signature_invalid', 'This request is not signed by the provider.');
      case 'unreadable':
        throw new AppError('bad_request', 'Bad Request: there are no receipts in this request.');
    }
  };
}

function nothingHere(): AppError {
  return new AppError('not_found', 'There is nothing at this address.');
}
