import type { Request, Response } from 'express';
import type { Clock } from '../clock.js';
import { queryOf } from '../http/query.js';
import { directionOf, LANGUAGES, type Language, languageOf } from '../otp/texts/languages.js';
import type { Verification } from '../otp/verifications/verification.js';
import type { PageBrowser } from './browser.js';
import { noticeIn } from './notice.js';
import { NOTHING, type PageView } from './page-view.js';
import { viewOf } from './view.js';
import { WORDS } from './words/index.js';

export interface PageSettings {
  clock: Clock;
  /** Null: the page names nobody. */
  appName: string | null;
  defaultLanguage: Language;
}

/** The page of a verification, for its own browser. */
export function showPage(
  res: Response,
  { verification, browser, path }: { verification: Verification; browser: PageBrowser; path: string },
  settings: PageSettings,
): void {
  const { clock, appName } = settings;
  const now = clock.now();
  const said = noticeIn(queryOf(res.req));
  const language = languageFor(res.req, settings, verification.locale);
  const view = viewOf(verification, { language, appName, said, now });
  const { version } = verification;
  render(res, 200, { view, path, now, formToken: browser.formToken, version: encodeURIComponent(version) });
}

/** A page that only says something: there is nothing here, or nothing for this browser. */
export function wordsOnly(
  req: Request,
  what: 'elsewhere' | 'gone' | 'failed',
  settings: PageSettings,
): object {
  const language = languageFor(req, settings, null);
  const { heading, ending, notice } = WORDS[language];
  const line = { elsewhere: ending.elsewhere, gone: ending.startAgain, failed: notice.notNow }[what];
  const view: PageView = {
    ...NOTHING,
    language,
    direction: directionOf(language),
    caption: settings.appName,
    heading: heading[what],
    tone: 'plain',
    lines: [line],
  };
  return { view, path: null, now: settings.clock.now(), formToken: '', version: '' };
}

export function render(res: Response, status: number, locals: object): void {
  res.status(status).render('hosted', locals, (failure: Error | null, html: string) => {
    if (failure) throw failure;
    // The address of the page is a key to it.
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.type('html').send(html);
  });
}

/** What the caller said, else what the browser prefers. */
function languageFor(req: Request, { defaultLanguage }: PageSettings, locale: string | null): Language {
  const said = locale === null ? null : languageOf(locale);
  if (said !== null) return said;
  const accepted =
    req.headers['accept-language'] === undefined ? false : req.acceptsLanguages([...LANGUAGES]);
  return LANGUAGES.find((language) => language === accepted) ?? defaultLanguage;
}
