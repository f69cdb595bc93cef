import type { SenderState } from '../../src/channels/sender.js';

/** `GET /admin/api/status`, as far as the stories need it. */
export interface AdminStatus {
  state: SenderState;
  detail: string | null;
  qr: string | null;
  pairingCode: string | null;
  me: string | null;
}

/** The dashboard as a program with a session sees it. */
export interface AdminClient {
  /** Name and value of the session cookie. */
  cookie: string;
  status(): Promise<AdminStatus>;
  post(path: string, body?: object): Promise<Response>;
}

const TOKEN_FIELD = /name="_csrf" value="([^"]+)"/;
const TOKEN_META = /<meta name="csrf-token" content="([^"]+)"/;

/** Logs in through the form, the way a browser does. */
export async function logIn(url: string, username: string, password: string): Promise<AdminClient> {
  const form = await fetch(`${url}/admin/login`);
  const answer = await fetch(`${url}/admin/login`, {
    method: 'POST',
    headers: { cookie: cookieOf(form) },
    body: new URLSearchParams({ username, password, _csrf: found(TOKEN_FIELD, await form.text()) }),
    redirect: 'manual',
  });
  if (answer.status !== 303) throw new Error(`The login was answered with ${answer.status}`);
  const cookie = cookieOf(answer);
  const page = await fetch(`${url}/admin/status`, { headers: { cookie } });
  const csrfToken = found(TOKEN_META, await page.text());

  return {
    cookie,
    async status() {
      const status = await fetch(`${url}/admin/api/status`, { headers: { cookie } });
      if (status.status !== 200) throw new Error(`The status was answered with ${status.status}`);
      return (await status.json()) as AdminStatus;
    },
    post: (path, body = {}) =>
      fetch(`${url}/admin/api${path}`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', 'x-csrf-token': csrfToken },
        body: JSON.stringify(body),
      }),
  };
}

function cookieOf(response: Response): string {
  const set = response.headers.getSetCookie().find((line) => /^(__Host-)?otp_admin=/.test(line));
  return set?.split(';')[0] ?? '';
}

function found(pattern: RegExp, text: string): string {
  const value = pattern.exec(text)?.[1];
  if (value === undefined) throw new Error(`The page does not hold ${pattern}`);
  return value;
}
