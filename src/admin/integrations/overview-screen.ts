import type { RequestHandler } from 'express';
import type { Hooks } from '../../hooks/hooks.js';
import type { Webhooks } from '../../webhooks/index.js';
import type { Layout } from '../layout.js';

/** GET /admin/integrations: what there is, and what to do first. */
export function integrationsPage(deps: {
  hooks: Pick<Hooks, 'list'>;
  webhooks: Pick<Webhooks, 'endpoints'>;
  layout: Layout;
}): RequestHandler {
  const { hooks, webhooks, layout } = deps;
  return async (req, res) => {
    const [allHooks, endpoints] = await Promise.all([hooks.list(), webhooks.endpoints.list()]);
    const used = endpoints.filter(({ disabled }) => disabled === null);
    res.render('integrations', {
      ...layout(req, 'integrations'),
      hooks: {
        total: allHooks.length,
        active: allHooks.filter(({ state }) => state === 'active').length,
      },
      webhooks: {
        total: endpoints.length,
        active: used.length,
        failing: used.filter(({ failingSince }) => failingSince !== null).length,
      },
    });
  };
}
