import type { RequestHandler } from 'express';
import { answerJson, setRetryAfter } from '../http/answer.js';
import type { Readiness } from '../otp/readiness.js';

/** GET /healthz: the process is alive and answering. */
export const healthz: RequestHandler = (_req, res) => {
  answerJson(res, 200, { status: 'ok', uptimeSeconds: Math.floor(process.uptime()) });
};

/** GET /readyz */
export function readyz(readiness: Readiness): RequestHandler {
  return (_req, res) => {
    const found = readiness.check();
    if (found.ready) {
      return answerJson(res, 200, { status: 'ready', state: found.state, note: found.note });
    }
    const retryAfterSeconds = setRetryAfter(res, found.retryAfterSeconds);
    answerJson(res, 503, {
      status: 'not_ready',
      message: found.reason,
      reason: found.reason,
      code: found.code,
      retryAfterSeconds,
      state: found.state,
    });
  };
}
