import type { Request, RequestHandler } from 'express';
import type { Callers } from '../callers/index.js';
import { shownKey } from '../http/access/api-key.js';
import { answerJson, setRetryAfter } from '../http/answer.js';
import { certainAddress } from '../http/client-address.js';
import { requestIdIn } from '../http/requests/request-id.js';
import type { Readiness } from '../otp/readiness.js';

/** GET /healthz: the process is alive and answering. */
export const healthz: RequestHandler = (_req, res) => {
  answerJson(res, 200, { status: 'ok', uptimeSeconds: Math.floor(process.uptime()) });
};

/** GET /readyz: for anybody whether a code could be delivered, for callers with an API key also why not. */
export function readyz(deps: { readiness: Readiness; callers: Pick<Callers, 'identify'> }): RequestHandler {
  return async (req, res) => {
    const found = deps.readiness.check();
    const inDetail = await hasKey(deps.callers, req);
    if (found.ready) {
      const { state, note } = found;
      return answerJson(res, 200, { status: 'ready', ...(inDetail && { state, note }) });
    }
    const { code, reason, state } = found;
    const retryAfterSeconds = setRetryAfter(res, found.retryAfterSeconds);
    const details = { message: reason, reason, code, retryAfterSeconds, state };
    answerJson(res, 503, { status: 'not_ready', ...(inDetail ? details : { code, retryAfterSeconds }) });
  };
}

/** Whatever keeps a key from being looked up must not keep this answer back. */
async function hasKey(callers: Pick<Callers, 'identify'>, req: Request): Promise<boolean> {
  const key = shownKey(req);
  if (key === null) return false;
  try {
    return (await callers.identify(key, () => certainAddress(req), requestIdIn(req))) !== null;
  } catch {
    return false;
  }
}
