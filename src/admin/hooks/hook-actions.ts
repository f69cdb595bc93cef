import type { RequestHandler } from 'express';
import type { Hooks, HookWithSecret } from '../../hooks/hooks.js';
import { presetNamed } from '../../hooks/presets/index.js';
import { answerJson, ownField } from '../../http/answer.js';
import type { Audit } from '../audit/audit.js';

/** What an operator does with hooks, recorded in the audit log. A secret is in the answer that created it, and nowhere else. */
export function createHookActions(deps: { hooks: Hooks; audit: Pick<Audit, 'who'> }) {
  const { hooks, audit } = deps;

  const switched = (disabled: boolean, message: string): RequestHandler =>
    (async (req, res) => {
      const { id, state } = await hooks.setDisabled(String(req.params.id), disabled, audit.who(req));
      answerJson(res, 200, { id, state, message });
    }) satisfies RequestHandler;

  return {
    /** POST /admin/api/integrations/hooks, with the fields of `TypedHook` → `{ id, url, secret, authorization, setup }`; null: there is none to tell */
    create: (async (req, res) => {
      const field = (name: string) => ownField(req.body, name);
      const typed = {
        preset: field('preset'),
        name: field('name'),
        route: field('route'),
        ttl: field('ttl'),
        template: field('template'),
        to: field('to'),
        code: field('code'),
        secret: field('secret'),
      };
      const made = await hooks.create(typed, audit.who(req));
      answerJson(res, 201, { ...told(made), message: 'The hook is created.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/hooks/:id/rotate `{ overlap, secret }` → as `create` */
    rotate: (async (req, res) => {
      const typed = { overlap: ownField(req.body, 'overlap'), secret: ownField(req.body, 'secret') };
      const made = await hooks.rotate(String(req.params.id), typed, audit.who(req));
      answerJson(res, 200, { ...told(made), message: 'The hook has a new secret.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/integrations/hooks/:id/disable */
    disable: switched(true, 'The hook is disabled.'),

    /** POST /admin/api/integrations/hooks/:id/enable */
    enable: switched(false, 'The hook is enabled.'),

    /** POST /admin/api/integrations/hooks/:id/remove */
    remove: (async (req, res) => {
      const { id } = await hooks.remove(String(req.params.id), audit.who(req));
      answerJson(res, 200, { id, message: 'The hook is removed.' });
    }) satisfies RequestHandler,
  };
}

/** A secret that the auth server makes is nothing to tell: one that stands in for it until then is of no use. */
function told({ hook, secret, authorization, setup }: HookWithSecret) {
  const isTheirs = presetNamed(hook.preset)?.secretMadeBy === 'them';
  return { id: hook.id, url: hook.url, secret: isTheirs ? null : secret, authorization, setup };
}
