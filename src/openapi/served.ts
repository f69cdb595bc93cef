import type { RequestHandler } from 'express';
import type { Auth } from '../auth/index.js';
import { documentOf } from './document.js';
import { surfacesOf } from './operations/index.js';
import type { DocumentSettings } from './settings.js';

/**
 * GET /openapi.json: the document, as this server is set up. It is made when somebody asks for it first. Pages of any
 * origin may read it: it tells nothing that the source does not.
 */
export function openapiJson(settings: DocumentSettings): RequestHandler {
  let made: Buffer | null = null;
  return (req, res) => {
    made ??= Buffer.from(JSON.stringify(documentOf(surfacesOf(settings))));
    res.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': made.length,
      'Cache-Control': 'no-cache',
      'Access-Control-Allow-Origin': '*',
    });
    res.end(req.method === 'HEAD' ? undefined : made);
  };
}

/** What the contracts of this server take. */
export function settingsFrom(auth: Pick<Auth, 'for' | 'selfService' | 'settings'>): DocumentSettings {
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
