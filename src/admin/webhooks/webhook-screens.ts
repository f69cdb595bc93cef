import type { Request, RequestHandler } from 'express';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';
import { shownDelivery } from '../../webhooks/delivery-json.js';
import type { Delivery, Webhooks } from '../../webhooks/index.js';
import { type CallerNames, keyChoices } from '../callers/caller-names.js';
import type { Layout } from '../layout.js';
import { bad } from '../list-request.js';
import { deliveryRow, STATUSES, statusLinks } from './delivery-view.js';
import { whichOf } from './webhook-actions.js';
import { eventChoices, shownWebhook, webhookPage, webhookRow } from './webhook-view.js';

/** The webhooks: the list, one of them with its deliveries, and the form for a new one. */
export function createWebhookPages(deps: {
  webhooks: Pick<Webhooks, 'endpoints' | 'deliveries'>;
  callerNames(): Promise<CallerNames>;
  layout: Layout;
}) {
  const { callerNames, layout } = deps;
  const { endpoints, deliveries } = deps.webhooks;

  return {
    /** GET /admin/integrations/webhooks */
    listPage: (async (req, res) => {
      const [list, names] = await Promise.all([endpoints.list(), callerNames()]);
      const webhooks = list.map((endpoint) => webhookRow(endpoint, names));
      res.render('webhooks', { ...layout(req, 'integrations'), webhooks });
    }) satisfies RequestHandler,

    /** GET /admin/integrations/webhooks/new */
    newPage: (async (req, res) => {
      const callers = keyChoices(await callerNames());
      res.render('webhook-new', { ...layout(req, 'integrations'), callers, choices: eventChoices(null) });
    }) satisfies RequestHandler,

    /** GET /admin/integrations/webhooks/:id `?status=` of its deliveries */
    webhookPage: (async (req, res) => {
      const which = whichOf(req);
      const status = statusIn(req);
      const [endpoint, found, counts, names] = await Promise.all([
        endpoints.find(which),
        deliveries.list(which, status ?? undefined),
        deliveries.counts(which),
        callerNames(),
      ]);
      const webhook = webhookPage(endpoint, names);
      res.render('webhook', {
        ...layout(req, 'integrations'),
        webhook,
        deliveries: found.map((delivery) => deliveryRow(delivery, webhook.api)),
        links: statusLinks(counts, webhook.href, status),
        dead: counts.dead,
      });
    }) satisfies RequestHandler,

    /** GET /admin/api/integrations/webhooks → `{ webhooks }` */
    listJson: (async (_req, res) => {
      const list = await endpoints.list();
      answerJson(res, 200, { webhooks: list.map(shownWebhook) });
    }) satisfies RequestHandler,

    /** GET /admin/api/integrations/webhooks/:id */
    webhookJson: (async (req, res) => {
      answerJson(res, 200, shownWebhook(await endpoints.find(whichOf(req))));
    }) satisfies RequestHandler,

    /** GET /admin/api/integrations/webhooks/:id/deliveries `?status=` → `{ deliveries }`, the last 50 */
    deliveriesJson: (async (req, res) => {
      const found = await deliveries.list(whichOf(req), statusIn(req) ?? undefined);
      answerJson(res, 200, { deliveries: found.map(shownDelivery) });
    }) satisfies RequestHandler,
  };
}

function statusIn(req: Request): Delivery['status'] | null {
  const asked = queryOf(req).get('status') ?? '';
  if (asked === '') return null;
  const status = STATUSES.find((each) => each === asked);
  if (status) return status;
  throw bad(`"status" must be one of ${STATUSES.join(', ')}.`);
}
