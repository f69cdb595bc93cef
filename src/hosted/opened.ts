import type { RequestHandler, Response } from 'express';
import { AppError } from '../errors.js';
import type { PageTokens } from '../otp/verifications/page-token.js';
import type { Verification, Verifications } from '../otp/verifications/verification.js';
import type { Browsers, PageBrowser } from './browser.js';

/** Finds the verification whose page it is. Rejects with not_found, also for one that ended long ago. */
export function findVerification(deps: {
  verifications: Pick<Verifications, 'find'>;
  tokens: Pick<PageTokens, 'idOfPageToken'>;
}): RequestHandler {
  return async (req, res, next) => {
    const id = deps.tokens.idOfPageToken(String(req.params.token));
    if (id === null) throw new AppError('not_found', 'There is nothing at this address.');
    res.locals.verification = await deps.verifications.find({ id });
    next();
  };
}

export function verificationOf(res: Response): Verification {
  return res.locals.verification as Verification;
}

/** Lets only the page's own browser through. */
export function onlyItsBrowser(browsers: Pick<Browsers, 'owner'>): RequestHandler {
  return async (req, res, next) => {
    const browser = await browsers.owner(req, verificationOf(res).id);
    if (browser === null) throw elsewhere();
    res.locals.pageBrowser = browser;
    next();
  };
}

/** Only for forms that this browser was shown. */
export function onlyOwnForms(browsers: Pick<Browsers, 'isOwnForm'>): RequestHandler {
  return (req, res, next) => next(browsers.isOwnForm(req, browserOf(res)) ? undefined : elsewhere());
}

export function browserOf(res: Response): PageBrowser {
  return res.locals.pageBrowser as PageBrowser;
}

export function elsewhere(): AppError {
  return new AppError('page_elsewhere', 'This page belongs to another browser.');
}
