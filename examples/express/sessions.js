import { createHash, randomBytes } from 'node:crypto';

const COOKIE = 'session';
const LIFE_MS = 24 * 60 * 60_000;

/** In memory, to keep the sample short: a real app has its own. */
export function createSessions({ isSecure }) {
  const sessions = new Map();
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' };

  return {
    of: (req) => sessions.get(idIn(req)),

    begin(res) {
      const id = randomBytes(32).toString('base64url');
      const session = {
        /** What the gateway is told of it: not the cookie itself. */
        client: createHash('sha256').update(id).digest('base64url'),
        verification: null,
        person: null,
      };
      sessions.set(id, session);
      setTimeout(() => sessions.delete(id), LIFE_MS).unref();
      res.cookie(COOKIE, id, { ...options, maxAge: LIFE_MS });
      return session;
    },

    end(req, res) {
      sessions.delete(idIn(req));
      res.clearCookie(COOKIE, options);
    },
  };
}

function idIn(req) {
  const cookies = (req.headers.cookie ?? '').split('; ');
  return cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}
