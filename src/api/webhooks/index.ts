import type { Request, RequestHandler, Response } from 'express';
import { invalidFields } from '../../errors.js';
import { callerOf } from '../../http/access/api-key.js';
import { answerJson } from '../../http/answer.js';
import { valid } from '../../http/parse.js';
import { queryOf } from '../../http/query.js';
import type { Delivery, Webhooks } from '../../webhooks/index.js';
import { changeBody, createBody } from './bodies.js';
import { shownDelivery, shownWebhook } from './shown.js';

const STATUSES = ['waiting', 'arrived', 'dead'] as const satisfies Delivery['status'][];

/** /api/v1/webhooks: who is told what happens. Each key has its own. */
export function createWebhookHandlers({
  webhooks,
}: {
  webhooks: Pick<Webhooks, 'endpoints' | 'deliveries'>;
}) {
  const { endpoints, deliveries } = webhooks;

  return {
    /** GET /api/v1/webhooks → `{ webhooks: [...] }` */
    list: (async (_req, res) => {
      const own = await endpoints.list(callerOf(res).id);
      answerJson(res, 200, { webhooks: own.map(shownWebhook) });
    }) satisfies RequestHandler,

    /** POST /api/v1/webhooks `{ url, events, fullNumbers }` → 201, with the secret, which is shown this once. */
    create: (async (req, res) => {
      const { url, events, fullNumbers } = valid(createBody, req);
      const order = { url, events: events ?? null, fullNumbers: fullNumbers ?? false };
      const { endpoint, secret } = await endpoints.create({ caller: callerOf(res).id, ...order });
      answerJson(res, 201, { ...shownWebhook(endpoint), secret });
    }) satisfies RequestHandler,

    /** GET /api/v1/webhooks/:id */
    find: (async (req, res) => {
      answerJson(res, 200, shownWebhook(await endpoints.find(whichOf(req, res))));
    }) satisfies RequestHandler,

    /** PATCH /api/v1/webhooks/:id `{ url, events, fullNumbers, enabled }` */
    change: (async (req, res) => {
      const { url, events, fullNumbers, enabled } = valid(changeBody, req);
      const changed = await endpoints.change(whichOf(req, res), {
        ...(url !== undefined && { url }),
        ...(events !== undefined && { events }),
        ...(fullNumbers !== undefined && { fullNumbers }),
        ...(enabled !== undefined && { enabled }),
      });
      answerJson(res, 200, shownWebhook(changed));
    }) satisfies RequestHandler,

    /** DELETE /api/v1/webhooks/:id */
    remove: (async (req, res) => {
      await endpoints.remove(whichOf(req, res));
      res.status(204).end();
    }) satisfies RequestHandler,

    /** POST /api/v1/webhooks/:id/rotate → the new secret; the present one signs beside it for a day. */
    rotate: (async (req, res) => {
      const { endpoint, secret } = await endpoints.rotate(whichOf(req, res));
      answerJson(res, 200, { ...shownWebhook(endpoint), secret });
    }) satisfies RequestHandler,

    /** POST /api/v1/webhooks/:id/test → the delivery, and what came of it. */
    test: (async (req, res) => {
      answerJson(res, 200, shownDelivery(await deliveries.test(whichOf(req, res))));
    }) satisfies RequestHandler,

    /** GET /api/v1/webhooks/:id/deliveries `?status=` → the last 50 */
    deliveries: (async (req, res) => {
      const found = await deliveries.list(whichOf(req, res), statusIn(req));
      answerJson(res, 200, { deliveries: found.map(shownDelivery) });
    }) satisfies RequestHandler,

    /** POST /api/v1/webhooks/:id/deliveries/:deliveryId/replay: one that was given up. */
    replay: (async (req, res) => {
      const { deliveryId } = req.params;
      answerJson(res, 200, shownDelivery(await deliveries.replay(whichOf(req, res), String(deliveryId))));
    }) satisfies RequestHandler,
  };
}

/** A caller's own. */
function whichOf(req: Request, res: Response) {
  return { id: String(req.params.id), caller: callerOf(res).id };
}

function statusIn(req: Request): Delivery['status'] | undefined {
  const given = queryOf(req).get('status') ?? '';
  if (given === '') return undefined;
  const status = STATUSES.find((each) => each === given);
  if (status) return status;
  throw invalidFields([{ field: 'status', message: `status must be one of ${STATUSES.join(', ')}` }]);
}
