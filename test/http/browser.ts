import { parseSetCookie } from 'cookie';
import { ADMIN, type Gateway } from './harness.js';

/** As much of a browser as the admin's pages need: it keeps cookies and does not follow redirects. */
export interface Browser {
  cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  postForm(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** With the session's CSRF token, unless `headers` say otherwise. */
  postJson(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Takes the token from the login form or from the page's meta tag. */
  token(path?: string): Promise<string>;
  logIn(fields?: { username?: string; password?: string }): Promise<Response>;
}

export function createBrowser(gateway: Pick<Gateway, 'url'>): Browser {
  const cookies = new Map<string, string>();
  let csrfToken = '';

  async function request(path: string, init: RequestInit & { headers?: Record<string, string> }) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(gateway.url + path, {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie && { Cookie: cookie }), ...init.headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const { name, value = '' } = parseSetCookie(line, { decode: String });
      cookies.set(name, value);
    }
    return response;
  }

  const browser: Browser = {
    cookies,
    get: (path, headers = {}) => request(path, { headers: { Accept: 'text/html', ...headers } }),
    postForm: (path, fields, headers = {}) =>
      request(path, {
        method: 'POST',
        body: new URLSearchParams(fields).toString(),
        headers: { Accept: 'text/html', 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      }),
    postJson: (path, body = {}, headers = {}) =>
      request(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken, ...headers },
      }),
    async token(path = '/admin/login') {
      const html = await (await browser.get(path)).text();
      return /(?:name="_csrf" value|name="csrf-token" content)="([^"]+)"/.exec(html)?.[1] ?? '';
    },
    async logIn(fields = {}) {
      const _csrf = await browser.token();
      const response = await browser.postForm('/admin/login', { ...ADMIN, ...fields, _csrf });
      if (response.status === 303) csrfToken = await browser.token('/admin/status');
      return response;
    },
  };
  return browser;
}
