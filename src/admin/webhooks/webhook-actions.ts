import type { Request, RequestHandler } from 'express';
import { answerJson } from '../../http/answer.js';
import type { Delivery, Endpoint, Webhooks } from '../../webhooks/index.js';
import type { Audit } from '../audit/audit.js';
import type { AuditAction } from '../audit/audit-log.js';
import type { CallerNames } from '../callers/caller-names.js';
import { durationWords } from '../durations.js';
import { readCaller, readWebhookFields } from './webhook-order.js';

/** What an operator does with webhooks. Every change is recorded in the audit log. */
export function createWebhookActions(deps: {
  webhooks: Pick<Webhooks, 'endpoints' | 'deliveries'>;
  callerNames(): Promise<CallerNames>;
  audit: Pick<Audit, 'record'>;
}) {
  const { callerNames, audit } = deps;
  const { endpoints, deliveries } = deps.webhooks;

  const record = (req: Request, action: AuditAction, { id, url }: Pick<Endpoint, 'id' | 'url'>) =>
    audit.record(req, action, { target: `webhook ${id}`, detail: hostOf(url) });

  const switched = (enabled: boolean, action: AuditAction, message: string): RequestHandler =>
    (async (req, res) => {
      const endpoint = await endpoints.change(whichOf(req), { enabled });
      await record(req, action, endpoint);
      answerJson(res, 200, { id: endpoint.id, enabled, message });
    }) satisfies RequestHandler;

  return {
    /** POST /admin/api/integrations/webhooks `{ caller, url, events, fullNumbers }` → `{ id, url, secret }` */
    create: (async (req, res) => {
      const fields = readWebhookFields(req.body);
      const caller = readCaller(req.body, await callerNames());
      const { endpoint, secret } = await endpoints.create({ caller, ...fields });
      await record(req, 'webhook_created', endpoint);
      const { id, url } = endpoint;
      answerJson(res, 201, { id, url, secret, message: 'The webhook is created.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/webhooks/:id `{ url, events, fullNumbers }` */
    change: (async (req, res) => {
      const endpoint = await endpoints.change(whichOf(req), readWebhookFields(req.body));
      await record(req, 'webhook_changed', endpoint);
      answerJson(res, 200, { id: endpoint.id, message: 'The webhook is saved.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/webhooks/:id/rotate → `{ id, url, secret }` */
    rotate: (async (req, res) => {
      const { endpoint, secret } = await endpoints.rotate(whichOf(req));
      await record(req, 'webhook_rotated', endpoint);
      const { id, url } = endpoint;
      answerJson(res, 200, { id, url, secret, message: 'The webhook has a new secret.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/webhooks/:id/disable */
    disable: switched(false, 'webhook_disabled', 'The webhook is disabled.'),

    /** POST /admin/api/integrations/webhooks/:id/enable */
    enable: switched(true, 'webhook_enabled', 'The webhook is enabled.'),

    /** POST /admin/api/integrations/webhooks/:id/remove */
    remove: (async (req, res) => {
      const endpoint = await endpoints.find(whichOf(req));
      await endpoints.remove({ id: endpoint.id });
      await record(req, 'webhook_removed', endpoint);
      answerJson(res, 200, { id: endpoint.id, message: 'The webhook is removed.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/webhooks/:id/test: what came of it within 15 seconds, as `message` or `problem`. */
    test: (async (req, res) => {
      await record(req, 'webhook_tested', await endpoints.find(whichOf(req)));
      const { id, status, lastAttempt } = await deliveries.test(whichOf(req));
      answerJson(res, 200, { id, status, ...outcomeWords({ status, lastAttempt }) });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/webhooks/:id/deliveries/:deliveryId/replay */
    replay: (async (req, res) => {
      const endpoint = await endpoints.find(whichOf(req));
      const { id, status } = await deliveries.replay({ id: endpoint.id }, String(req.params.deliveryId));
      await record(req, 'webhook_replayed', endpoint);
      answerJson(res, 200, { id, status, message: 'The event is sent again.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/webhooks/:id/replay: all that were given up. */
    replayAll: (async (req, res) => {
      const endpoint = await endpoints.find(whichOf(req));
      const count = await deliveries.replayAll({ id: endpoint.id });
      if (count > 0) await record(req, 'webhook_replayed', endpoint);
      answerJson(res, 200, { id: endpoint.id, count, message: countWords(count) });
    }) satisfies RequestHandler,
  };
}

export function whichOf(req: Request): { id: string } {
  return { id: String(req.params.id) };
}

/** The rest of an address may have a secret in it. */
function hostOf(url: string): string {
  return new URL(url).host;
}

function outcomeWords({ status, lastAttempt }: Pick<Delivery, 'status' | 'lastAttempt'>) {
  if (status !== 'arrived' || !lastAttempt) {
    return { problem: `The test did not arrive: ${lastAttempt?.problem ?? 'there was no attempt.'}` };
  }
  const { httpStatus, tookMs } = lastAttempt;
  return { message: `The test arrived: HTTP ${httpStatus} after ${durationWords(tookMs)}.` };
}

function countWords(count: number): string {
  if (count === 0) return 'Nothing was given up.';
  return count === 1 ? 'One event is sent again.' : `${count.toLocaleString('en')} events are sent again.`;
}
