import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { Clock } from '../clock.js';
import { openSessionStore, type SessionStore } from './session-store.js';

declare module 'express-session' {
  interface SessionData {
    /** When the admin logged in (Unix ms); absent before. */
    loggedInAt: number;
  }
}

const IDLE_MS = 30 * 60_000;
const LONGEST_MS = 8 * 60 * 60_000;

export interface Sessions {
  middleware: RequestHandler;
  isLoggedIn(req: Request): boolean;
  /**
   * Continues under a new session id, so that one planted before the login is worth nothing. `fill` adds what the
   * session needs: it is never written again, or a request still under way could bring back one that has ended.
   */
  logIn(req: Request, fill: () => void): Promise<void>;
  logOut(req: Request): Promise<void>;
  close(): Promise<void>;
}

/**
 * Admin sessions: they end after half an hour without a request, and in any case 8 hours after the login. The store
 * opens with the first request that needs it; most gateways go for days without one.
 * @param deps.file a SQLite file for the sessions alone.
 */
export function createSessions(deps: {
  file: string;
  secret: string;
  clock: Clock;
  idleMs?: number;
}): Sessions {
  const { clock } = deps;
  let opening: Promise<SessionStore & { handle: RequestHandler }> | undefined;

  async function open() {
    const opened = await openSessionStore(deps.file, clock);
    const handle = session({
      name: 'otp_admin',
      secret: deps.secret,
      store: opened.store,
      resave: false,
      saveUninitialized: false,
      rolling: true,
      cookie: {
        path: '/admin',
        httpOnly: true,
        sameSite: 'lax',
        secure: 'auto',
        maxAge: deps.idleMs ?? IDLE_MS,
      },
    });
    return { ...opened, handle };
  }

  return {
    async middleware(req, res, next) {
      opening ??= open();
      try {
        (await opening).handle(req, res, next);
      } catch (error) {
        opening = undefined;
        next(error);
      }
    },

    isLoggedIn({ session }) {
      return session.loggedInAt !== undefined && clock.now() - session.loggedInAt < LONGEST_MS;
    },

    async logIn(req, fill) {
      await done((callback) => req.session.regenerate(callback));
      req.session.loggedInAt = clock.now();
      fill();
      // Saved before the answer: a browser follows a redirect faster than the store writes.
      await done((callback) => req.session.save(callback));
    },

    logOut: (req) => done((callback) => req.session.destroy(callback)),

    async close() {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

function done(run: (callback: (error: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
}
