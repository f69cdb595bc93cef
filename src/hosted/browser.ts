import { createHash } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';
import type { Store } from '../../database/schema.js';
import { isCrossSite, type OwnSite } from '../http/access/cross-site.js';
import { ownField } from '../http/answer.js';
import { randomBytesPooled } from '../random.js';
import { sameBytes } from '../same-bytes.js';
import type { KeyedHash } from '../sealing.js';

/** A browser that a page belongs to. */
export interface PageBrowser {
  /** What limits count by: the same for all pages of the browser. */
  name: string;
  /** Comes back with every form. */
  formToken: string;
  /** What pages that were opened before the key changed hold as well. */
  formTokens: string[];
}

/**
 * A page belongs to the browser that opened it first, and shows nothing in any other: whoever is sent somebody else's link
 * finishes nothing with it.
 */
export interface Browsers {
  /** The browser of the request, if the page is its own. Null: it is another's, or nobody's yet. */
  owner(req: Request, id: string): Promise<PageBrowser | null>;
  /** The same, but a page that is nobody's becomes this browser's. */
  claim(req: Request, res: Response, id: string): Promise<PageBrowser | null>;
  /** Whether nobody has opened it. */
  isFree(id: string): Promise<boolean>;
  /** Whether a form comes from the page that this browser was shown. */
  isOwnForm(req: Request, browser: PageBrowser): boolean;
}

const NAMES = { http: 'otp_page', https: '__Host-otp_page' };
const BYTES = 16;
const VALUE = /^[\w-]{22}$/;
/** As long as an ended verification can be looked at, and more. */
const KEPT_MS = 2 * 24 * 60 * 60_000;

/** @param deps.hash keyed: of the form's token. */
export function createBrowsers(deps: {
  store: Store;
  hash: KeyedHash;
  site: OwnSite;
  path: string;
}): Browsers {
  const { store, hash, site, path } = deps;
  const browserOf = (value: string): PageBrowser => ({
    name: sha256(value),
    formToken: hash(value),
    formTokens: hash.all(value),
  });

  async function ownerHash(id: string): Promise<string | null> {
    const row = await store
      .selectFrom('codes')
      .select('page_browser')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.page_browser ?? null;
  }

  async function owner(req: Request, id: string): Promise<PageBrowser | null> {
    const value = valueIn(req);
    const owned = value === null ? null : await ownerHash(id);
    if (value === null || owned === null) return null;
    return sameBytes(Buffer.from(owned), Buffer.from(ownership(id, value))) ? browserOf(value) : null;
  }

  return {
    owner,

    async claim(req, res, id) {
      const own = await owner(req, id);
      if (own !== null) return own;
      const value = valueIn(req) ?? randomBytesPooled(BYTES).toString('base64url');
      const { numUpdatedRows } = await store
        .updateTable('codes')
        .set({ page_browser: ownership(id, value) })
        .where('id', '=', id)
        .where('page_browser', 'is', null)
        .executeTakeFirst();
      if (Number(numUpdatedRows) === 0) return null;
      const { secure } = req;
      res.cookie(nameIn(req), value, {
        httpOnly: true,
        sameSite: 'lax',
        secure,
        path: secure ? '/' : path,
        maxAge: KEPT_MS,
      });
      return browserOf(value);
    },

    isFree: async (id) => (await ownerHash(id)) === null,

    isOwnForm(req, { formTokens }) {
      if (isForeign(req, site)) return false;
      const sent = ownField(req.body, '_csrf');
      if (typeof sent !== 'string') return false;
      return formTokens.some((token) => sameBytes(Buffer.from(sent), Buffer.from(token)));
    },
  };
}

/** A page that sends no referrer posts its forms with `Origin: null` (Fetch, 3.2): then other marks decide. */
function isForeign(req: Request, site: OwnSite): boolean {
  if (req.get('origin') !== 'null') return isCrossSite(req, site);
  const from = req.get('sec-fetch-site');
  return from !== undefined && from !== 'same-origin';
}

/** What is stored: tells neither the cookie nor that two pages are of one browser. */
function ownership(id: string, value: string): string {
  return sha256(`${id} ${value}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function nameIn({ secure }: Request): string {
  return secure ? NAMES.https : NAMES.http;
}

function valueIn(req: Request): string | null {
  const value = parseCookie(req.headers.cookie ?? '')[nameIn(req)] ?? '';
  return VALUE.test(value) ? value : null;
}
