import { type Request, type RequestHandler, Router } from 'express';
import type { Store } from '../../database/schema.js';
import type { Callers } from '../callers/index.js';
import { AppError } from '../errors.js';
import { answerErrors, type ErrorShape } from '../http/errors.js';
import { noStore } from '../http/headers.js';
import { get, post } from '../http/methods.js';
import { formBody } from '../http/parse.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import type { PageTokens } from '../otp/verifications/page-token.js';
import type { Verifications } from '../otp/verifications/verification.js';
import type { KeyedHash } from '../sealing.js';
import { createPageActions } from './actions.js';
import { createBrowsers } from './browser.js';
import { pageEvents } from './events.js';
import { elsewhere, findVerification, onlyItsBrowser, onlyOwnForms, verificationOf } from './opened.js';
import { type PageSettings, showPage, wordsOnly } from './page.js';

export interface HostedDeps extends PageSettings {
  verifications: Pick<Verifications, 'find' | 'check' | 'resend' | 'changed'>;
  pageTokens: Pick<PageTokens, 'idOfPageToken'>;
  store: Store;
  limits: Pick<Limits, 'count'>;
  callers: Pick<Callers, 'countCodeOf'>;
  /** Of the token in the page's forms. */
  pageFormHash: KeyedHash;
  /** Of PUBLIC_URL; null: it is not set. */
  publicOrigin: string | null;
  closing: AbortSignal;
  log: Log;
}

/** Everything below /v: the page for people whose app has none for the code. It needs no key. */
export function createHostedPages(deps: HostedDeps): RequestHandler {
  const { verifications, pageTokens: tokens } = deps;
  const site = { origin: deps.publicOrigin };
  const browsers = createBrowsers({ store: deps.store, hash: deps.pageFormHash, site, path: '/v' });
  const actions = createPageActions(deps);
  const found = findVerification({ verifications, tokens });
  const itsBrowser = onlyItsBrowser(browsers);
  const ownForm = [formBody, found, itsBrowser, onlyOwnForms(browsers)];
  const pages = Router({ caseSensitive: true });
  pages.use(noStore, notIndexed);

  get(pages, '/:token', found, async (req, res) => {
    const verification = verificationOf(res);
    const { id } = verification;
    if (onlyLooks(req) && (await browsers.isFree(id))) {
      // A browser does not show what it fetched ahead when that failed: it asks again.
      return void res.status(req.method === 'HEAD' ? 200 : 503).end();
    }
    const browser = onlyLooks(req) ? await browsers.owner(req, id) : await browsers.claim(req, res, id);
    if (browser === null) throw elsewhere();
    showPage(res, { verification, browser, path: `/v/${req.params.token}` }, deps);
  });
  get(pages, '/:token/qr.svg', found, async (_req, res) => {
    const { userFirst } = verificationOf(res);
    if (userFirst === null) throw new AppError('not_found', 'There is nothing to scan.');
    const { default: qrcode } = await import('qrcode');
    const svg = await qrcode.toString(userFirst.link, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
    res.type('image/svg+xml').send(svg);
  });
  get(pages, '/:token/events', found, itsBrowser, pageEvents(deps));
  post(pages, '/:token/check', ...ownForm, actions.check);
  post(pages, '/:token/resend', ...ownForm, actions.resend);
  pages.use((_req, _res, next) => next(new AppError('not_found', 'There is nothing at this address.')));
  pages.use(answerErrors({ shape: pageShape(deps), log: deps.log }));
  return pages;
}

/** A look that opens nothing: HEAD, and what a browser or a messenger fetches ahead. */
function onlyLooks(req: Request): boolean {
  const purposes = [req.get('sec-purpose'), req.get('purpose'), req.get('x-purpose'), req.get('x-moz')];
  return (
    req.method === 'HEAD' || purposes.some((purpose) => /prefetch|preview|prerender/i.test(purpose ?? ''))
  );
}

const notIndexed: RequestHandler = (_req, res, next) => {
  res.setHeader('X-Robots-Tag', 'noindex');
  next();
};

function pageShape(settings: PageSettings): ErrorShape {
  return ({ known, status, retryAfterSeconds }, req) => {
    const code = known?.code ?? 'internal';
    const message = known?.message ?? 'Internal Server Error.';
    const what = status === 404 ? 'gone' : status === 403 ? 'elsewhere' : 'failed';
    const own = { view: 'hosted', locals: wordsOnly(req, what, settings) };
    const page = { title: message, message, code, own };
    const body = { message, code, ...(retryAfterSeconds && { retryAfterSeconds }) };
    return { status, body, ...(req.accepts(['html', 'json']) === 'html' && { page }) };
  };
}
