import type { Request, RequestHandler, Response } from 'express';
import { invalidFields } from '../../errors.js';
import { callerOf } from '../../http/access/api-key.js';
import { answerJson } from '../../http/answer.js';
import { clientAddress } from '../../http/client-address.js';
import { valid } from '../../http/parse.js';
import { queryOf } from '../../http/query.js';
import { shownDelivery } from '../../webhooks/delivery-json.js';
import type { Delivery, Endpoint, Webhooks } from '../../webhooks/index.js';
import { changeBody, createBody } from './bodies.js';
import { shownWebhook } from './shown.js';

const STATUSES = ['waiting', 'arrived', 'dead'] as const satisfies Delivery['status'][];

type Action =
  `webhook_${'created' | 'changed' | 'enabled' | 'disabled' | 'rotated' | 'removed' | 'tested' | 'replayed'}`;

/** The operators' record of what was done, by whom and from where. */
export interface WebhookAudit {
  record(entry: {
    actor: string;
    address: string;
    action: Action;
    target: string;
    detail: string;
  }): Promise<unknown>;
}

/** /api/v1/webhooks: who is told what happens. Each key has its own. What is done to them stands in the audit log. */
export function createWebhookHandlers({
  webhooks,
  audit,
}: {
  webhooks: Pick<Webhooks, 'endpoints' | 'deliveries'>;
  audit: WebhookAudit;
}) {
  const { endpoints, deliveries } = webhooks;

  /** An address may hold a secret: only its server is named. */
  const record = (req: Request, action: Action, { id, url, caller }: Endpoint) =>
    audit.record({
      actor: caller === 'env' ? 'API_KEY' : caller.replace('key:', 'API key '),
      address: clientAddress(req),
      action,
      target: `webhook ${id}`,
      detail: new URL(url).host,
    });

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
      await record(req, 'webhook_created', endpoint);
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
      const action = enabled === undefined ? 'changed' : enabled ? 'enabled' : 'disabled';
      await record(req, `webhook_${action}`, changed);
      answerJson(res, 200, shownWebhook(changed));
    }) satisfies RequestHandler,

    /** DELETE /api/v1/webhooks/:id */
    remove: (async (req, res) => {
      const endpoint = await endpoints.find(whichOf(req, res));
      await endpoints.remove(whichOf(req, res));
      await record(req, 'webhook_removed', endpoint);
      res.status(204).end();
    }) satisfies RequestHandler,

    /** POST /api/v1/webhooks/:id/rotate → the new secret; the present one signs beside it for a day. */
    rotate: (async (req, res) => {
      const { endpoint, secret } = await endpoints.rotate(whichOf(req, res));
      await record(req, 'webhook_rotated', endpoint);
      answerJson(res, 200, { ...shownWebhook(endpoint), secret });
    }) satisfies RequestHandler,

    /** POST /api/v1/webhooks/:id/test → the delivery, and what came of it. */
    test: (async (req, res) => {
      const endpoint = await endpoints.find(whichOf(req, res));
      const tested = await deliveries.test(whichOf(req, res));
      await record(req, 'webhook_tested', endpoint);
      answerJson(res, 200, shownDelivery(tested));
    }) satisfies RequestHandler,

    /** GET /api/v1/webhooks/:id/deliveries `?status=` → the last 50 */
    deliveries: (async (req, res) => {
      const found = await deliveries.list(whichOf(req, res), statusIn(req));
      answerJson(res, 200, { deliveries: found.map(shownDelivery) });
    }) satisfies RequestHandler,

    /** POST /api/v1/webhooks/:id/deliveries/:deliveryId/replay: one that was given up. */
    replay: (async (req, res) => {
      const endpoint = await endpoints.find(whichOf(req, res));
      const replayed = await deliveries.replay(whichOf(req, res), String(req.params.deliveryId));
      await record(req, 'webhook_replayed', endpoint);
      answerJson(res, 200, shownDelivery(replayed));
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
