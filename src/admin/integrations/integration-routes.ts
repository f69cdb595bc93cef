import { Router } from 'express';
import { get, methods, post } from '../../http/methods.js';
import { jsonBody } from '../../http/parse.js';
import { createHookActions } from '../hooks/hook-actions.js';
import { createHookPages } from '../hooks/hook-screens.js';
import { createWebhookActions } from '../webhooks/webhook-actions.js';
import { createWebhookPages } from '../webhooks/webhook-screens.js';
import { integrationsPage } from './overview-screen.js';
import { createTwilioPages } from './twilio-screen.js';

type Deps = Parameters<typeof integrationsPage>[0] &
  Parameters<typeof createTwilioPages>[0] &
  Parameters<typeof createHookPages>[0] &
  Parameters<typeof createHookActions>[0] &
  Parameters<typeof createWebhookPages>[0] &
  Parameters<typeof createWebhookActions>[0];

/** What is below /integrations, of the pages and of their JSON. */
export function createIntegrationRoutes(deps: Deps): { pages: Router; api: Router } {
  const twilio = createTwilioPages(deps);
  const hooks = { ...createHookPages(deps), ...createHookActions(deps) };
  const webhooks = { ...createWebhookPages(deps), ...createWebhookActions(deps) };

  const pages = Router();
  get(pages, '/', integrationsPage(deps));
  get(pages, '/twilio', twilio.page);
  get(pages, '/hooks', hooks.listPage);
  get(pages, '/hooks/new', hooks.newPage);
  get(pages, '/hooks/:id', hooks.hookPage);
  get(pages, '/webhooks', webhooks.listPage);
  get(pages, '/webhooks/new', webhooks.newPage);
  get(pages, '/webhooks/:id', webhooks.webhookPage);

  const api = Router();
  get(api, '/twilio', twilio.json);
  methods(api, '/hooks', { get: [hooks.listJson], post: [jsonBody, hooks.create] });
  get(api, '/hooks/:id', hooks.hookJson);
  post(api, '/hooks/:id/rotate', jsonBody, hooks.rotate);
  post(api, '/hooks/:id/disable', hooks.disable);
  post(api, '/hooks/:id/enable', hooks.enable);
  post(api, '/hooks/:id/remove', hooks.remove);
  methods(api, '/webhooks', { get: [webhooks.listJson], post: [jsonBody, webhooks.create] });
  methods(api, '/webhooks/:id', { get: [webhooks.webhookJson], post: [jsonBody, webhooks.change] });
  post(api, '/webhooks/:id/rotate', webhooks.rotate);
  post(api, '/webhooks/:id/disable', webhooks.disable);
  post(api, '/webhooks/:id/enable', webhooks.enable);
  post(api, '/webhooks/:id/remove', webhooks.remove);
  post(api, '/webhooks/:id/test', webhooks.test);
  get(api, '/webhooks/:id/deliveries', webhooks.deliveriesJson);
  post(api, '/webhooks/:id/replay', webhooks.replayAll);
  post(api, '/webhooks/:id/deliveries/:deliveryId/replay', webhooks.replay);
  return { pages, api };
}
