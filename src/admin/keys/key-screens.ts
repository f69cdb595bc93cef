import type { Request, RequestHandler } from 'express';
import type { Store } from '../../../database/schema.js';
import { keyCallerId } from '../../callers/caller.js';
import type { Keys } from '../../callers/keys.js';
import { listOwnTexts } from '../../callers/own-texts.js';
import { shownKey } from '../../callers/shown-key.js';
import { answerJson } from '../../http/answer.js';
import type { Webhooks } from '../../webhooks/index.js';
import { OVERLAPS } from '../callers/overlaps.js';
import type { Layout } from '../layout.js';
import { EXPIRIES, keyPage, keyRow, SCOPE_CHOICES, testRow } from './key-view.js';

/** The API keys: the list, one of them, and the form for a new one. */
export function createKeyPages(deps: {
  keys: Keys;
  webhooks: { endpoints: Pick<Webhooks['endpoints'], 'list'> };
  store: Store;
  layout: Layout;
}) {
  const { keys, store, layout } = deps;
  const find = async (req: Request) => await keys.find(String(req.params.id));

  return {
    /** GET /admin/keys */
    listPage: (async (req, res) => {
      const list = await keys.list();
      res.render('keys', { ...layout(req, 'keys'), keys: list.map(keyRow) });
    }) satisfies RequestHandler,

    /** GET /admin/keys/new */
    newPage: ((req, res) => {
      res.render('key-new', { ...layout(req, 'keys'), scopes: SCOPE_CHOICES, expiries: EXPIRIES });
    }) satisfies RequestHandler,

    /** GET /admin/keys/:id */
    keyPage: (async (req, res) => {
      const key = await find(req);
      res.render('key', {
        ...layout(req, 'keys'),
        key: keyPage(key),
        tests: (await keys.testNumbers(key.id)).map(testRow),
        texts: await listOwnTexts(store, keyCallerId(key.id)),
        webhooks: (await deps.webhooks.endpoints.list(keyCallerId(key.id))).length,
        overlaps: OVERLAPS,
      });
    }) satisfies RequestHandler,

    /** GET /admin/api/keys */
    listJson: (async (_req, res) => {
      const list = await keys.list();
      answerJson(res, 200, { keys: list.map(shownKey) });
    }) satisfies RequestHandler,

    /** GET /admin/api/keys/:id */
    keyJson: (async (req, res) => answerJson(res, 200, shownKey(await find(req)))) satisfies RequestHandler,
  };
}
