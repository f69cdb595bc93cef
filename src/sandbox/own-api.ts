import { type Response, Router } from 'express';
import { answerJson, ownField } from '../http/answer.js';
import { jsonBody } from '../http/parse.js';

/** The gateway's own API, with its API key, as a back end calls it. */
export type OwnApi = (
  method: 'GET' | 'POST',
  path: string,
  body?: object,
) => Promise<{ status: number; body: unknown }>;

/** The page shows only the newest verifications. */
const SHOWN = 4;

/** What the page asks of the gateway's API; the answers are the API's. */
export function createOwnApiRoutes(api: OwnApi, deps: { onStarted(contact: string): void }): Router {
  const router = Router();
  const pass = async (res: Response, path: string, body: object) => {
    const answer = await api('POST', path, body);
    answerJson(res, answer.status, answer.body as object);
  };

  router.post('/codes', jsonBody, async (req, res) => {
    await pass(res, '/api/v1/otp/send', { phoneNumber: String(ownField(req.body, 'phoneNumber')) });
  });
  router.post('/verifications', jsonBody, async (req, res) => {
    const [to, route, userFirst] = ['to', 'route', 'userFirst'].map((name) => ownField(req.body, name));
    const answer = await api('POST', '/api/v1/verifications', { to, route, userFirst });
    if (answer.status === 201) deps.onStarted(String(ownField(answer.body, 'to')));
    answerJson(res, answer.status, answer.body as object);
  });
  router.post('/verifications/check', jsonBody, async (req, res) => {
    const [to, code] = [ownField(req.body, 'to'), ownField(req.body, 'code')];
    await pass(res, '/api/v1/verifications/check', { to, code });
  });
  return router;
}

/** The newest verifications of the API key, the newest first. */
export async function newestVerifications(api: OwnApi): Promise<unknown[]> {
  const { body } = await api('GET', `/api/v1/verifications?limit=${SHOWN}`);
  const list = ownField(body, 'verifications');
  return Array.isArray(list) ? list : [];
}
