import type { Request, RequestHandler } from 'express';
import { hookJson } from '../../hooks/hook-json.js';
import type { Hooks } from '../../hooks/hooks.js';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';
import { OVERLAPS } from '../callers/overlaps.js';
import type { Layout } from '../layout.js';
import { hookPage, hookRow, PRESET_LINKS, presetForm } from './hook-view.js';

/** The hooks: the list, one of them, and the form for a new one. */
export function createHookPages(deps: { hooks: Hooks; publicOrigin: string | null; layout: Layout }) {
  const { hooks, layout } = deps;
  /** Without it, others may not reach the addresses that are shown. */
  const isReachable = deps.publicOrigin !== null;
  const find = async (req: Request) => await hooks.find(String(req.params.id));

  return {
    /** GET /admin/integrations/hooks */
    listPage: (async (req, res) => {
      const list = await hooks.list();
      res.render('hooks', {
        ...layout(req, 'integrations'),
        hooks: list.map(hookRow),
        presets: PRESET_LINKS,
      });
    }) satisfies RequestHandler,

    /** GET /admin/integrations/hooks/new `?preset=`: without one, they are offered. */
    newPage: ((req, res) => {
      const preset = presetForm(queryOf(req).get('preset') ?? '');
      res.render('hook-new', { ...layout(req, 'integrations'), preset, presets: PRESET_LINKS, isReachable });
    }) satisfies RequestHandler,

    /** GET /admin/integrations/hooks/:id */
    hookPage: (async (req, res) => {
      const hook = hookPage(await find(req));
      res.render('hook', { ...layout(req, 'integrations'), hook, overlaps: OVERLAPS, isReachable });
    }) satisfies RequestHandler,

    /** GET /admin/api/integrations/hooks */
    listJson: (async (_req, res) => {
      const list = await hooks.list();
      answerJson(res, 200, { hooks: list.map(hookJson) });
    }) satisfies RequestHandler,

    /** GET /admin/api/integrations/hooks/:id */
    hookJson: (async (req, res) => answerJson(res, 200, hookJson(await find(req)))) satisfies RequestHandler,
  };
}
