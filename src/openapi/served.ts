import type { RequestHandler } from 'express';
import type { Auth } from '../auth/index.js';
import { documentOf } from './document.js';
import { surfacesOf } from './operations/index.js';
import { docsView } from './page/page-view.js';
import type { DocumentSettings } from './settings.js';

/** GET /openapi.json and GET /docs: as this server is set up, made when somebody asks first. */
export function createDocs(deps: {
  auth: Pick<Auth, 'for' | 'selfService' | 'settings'>;
  /** How people reach this server; null: it is not known. */
  publicOrigin: string | null;
}) {
  const document = once(() => documentOf(surfacesOf(settingsFrom(deps.auth))));
  const text = once(() => Buffer.from(JSON.stringify(document())));
  const view = once(() => docsView(document(), deps.publicOrigin ?? 'http://localhost:3000'));

  return {
    /** Pages of any origin may read it: it tells nothing that the source does not. */
    json: ((req, res) => {
      res.writeHead(200, {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': text().length,
        'Cache-Control': 'no-cache',
        'Access-Control-Allow-Origin': '*',
      });
      res.end(req.method === 'HEAD' ? undefined : text());
    }) satisfies RequestHandler,

    page: ((_req, res) => {
      res.setHeader('Cache-Control', 'no-cache');
      res.render('docs', { view: view() });
    }) satisfies RequestHandler,
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** What the contracts of this server take. */
function settingsFrom(auth: Pick<Auth, 'for' | 'selfService' | 'settings'>): DocumentSettings {
  return {
    rules: {
      phone: auth.for('phone').rules,
      whatsapp: auth.for('whatsapp').rules,
      'two-factor': auth.for('two-factor').rules,
      cookie: auth.for('cookie').rules,
      account: auth.selfService.rules,
    },
    defaultCountry: auth.settings.defaultCountry,
  };
}
