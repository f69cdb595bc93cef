import { createHmac } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session, { type SessionData, type Store } from 'express-session';
import type { Clock } from '../../clock.js';
import { leftOf } from '../../deadline.js';
import { STORE_RETRY_SECONDS } from '../../delivery/unavailable.js';
import { AppError } from '../../errors.js';
import type { Log } from '../../log.js';
import { clientAddress } from '../client-address.js';
import { type ListedSession, listedSession, publicId } from './listed-session.js';
import type { StoredSession } from './opened-sessions.js';
import { COOKIE_NAMES, createSessionCookie } from './session-cookie.js';
import { openSessionStore, type SessionStore, type SessionStoreSettings } from './session-store.js';

declare module 'express-session' {
  interface SessionData {
    /** When the admin logged in (Unix ms); absent before the login. */
    loggedInAt: number;
    /** The name at the login; also absent before it. */
    username: string;
    /** From where. */
    address: string;
    /** Of the name and the password at the login: with others it is over. */
    credentials: string;
  }
}

const IDLE_MS = 30 * 60_000;
const MAX_MS = 8 * 60 * 60_000;

export interface Sessions {
  middleware: RequestHandler;
  isLoggedIn(req: Request): boolean;
  /** The name at the login; empty without a login. */
  userName(req: Request): string;
  /**
   * Checks the session of a long-running request again: false once it has ended, by a logout elsewhere or by time. Does not
   * extend the session. Rejects when the store fails.
   */
  stillValid(req: Request): Promise<boolean>;
  /** Whether a request has the cookie of a session, be it over or not. */
  hasCookie(req: Request): boolean;
  /**
   * Whether a request outside the dashboard carries the cookie of a valid login. Extends and writes nothing. Rejects when
   * the store fails.
   */
  recognises(req: Request): Promise<boolean>;
  /** Detaches the session from a request, whose response then does not count as a use. */
  detach(req: Request): void;
  /**
   * Continues under a new session id, so that one planted before the login is useless. `fill` adds what the session needs:
   * it is never written again, or a request in progress could revive one that has ended.
   */
  logIn(req: Request, username: string, fill: () => void): Promise<void>;
  logOut(req: Request): Promise<void>;
  /** All that are open, the one that was used last first. Rejects with store_unavailable. */
  list(req: Request): Promise<ListedSession[]>;
  /** Ends one of the list, or all. Resolves with those that it ended; rejects with store_unavailable. */
  end(req: Request, id: string | null): Promise<ListedSession[]>;
  close(): Promise<void>;
}

/**
 * Admin sessions: they end after half an hour without a request, and 8 hours after the login at the latest. The store is
 * opened by the first request that needs it; most gateways go for days without one. While it fails, every request is
 * answered with store_unavailable.
 */
export function createLogins(deps: {
  store: SessionStoreSettings;
  secret: string;
  credentials: { username: string; password: string };
  /** Browsers reach us over HTTPS, whatever a proxy says or leaves unsaid. */
  https?: boolean;
  clock: Clock;
  log: Log;
}): Sessions {
  const { clock, log, https = false } = deps;
  const { username, password } = deps.credentials;
  const credentials = createHmac('sha256', deps.secret)
    .update(JSON.stringify([username, password]))
    .digest('hex');
  const cookie = createSessionCookie({ https, secret: deps.secret, maxAgeMs: IDLE_MS });
  let opening: Promise<SessionStore & { handle: RequestHandler }> | undefined;

  async function open() {
    const opened = await openSessionStore(deps.store, { clock, log, idleMs: IDLE_MS });
    const handling = (name: string) =>
      session({
        name,
        secret: deps.secret,
        store: opened.store,
        resave: false,
        saveUninitialized: false,
        rolling: true,
        cookie: cookie.options,
      });
    const handlers = { http: handling(COOKIE_NAMES.http), https: handling(COOKIE_NAMES.https) };
    const handle: RequestHandler = (req, res, next) => {
      // The library sends a secure cookie only where it believes in HTTPS.
      if (https) Object.defineProperty(req, 'secure', { value: true });
      handlers[cookie.scheme(req)](req, res, next);
    };
    return { ...opened, handle };
  }

  function opened() {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw unavailable(error);
    });
    return opening;
  }

  function isFresh(data: Partial<SessionData> | null | undefined): boolean {
    const loggedInAt = data?.loggedInAt;
    if (data?.credentials !== credentials) return false;
    return loggedInAt !== undefined && leftOf(loggedInAt + MAX_MS, MAX_MS, clock.now()) > 0;
  }

  async function openOnes(): Promise<StoredSession[]> {
    const { logIns } = await opened();
    const stored = await logIns().catch((error: unknown) => Promise.reject(unavailable(error)));
    const open = stored.filter(({ data }) => isFresh(data));
    return open.sort((one, other) => other.expiresAt - one.expiresAt);
  }

  return {
    async middleware(req, res, next) {
      const { handle, store } = await opened();
      handle(req, res, (error?: unknown) => {
        if (error) return next(unavailable(error));
        // Without our cookie the store was not consulted, and a form that leads nowhere must not be shown.
        if (cookie.idIn(req) !== null) return next();
        read(store, req.sessionID).then(() => next(), next);
      });
    },

    isLoggedIn: ({ session }) => isFresh(session),
    userName: ({ session }) => session?.username ?? '',

    async stillValid({ sessionID }) {
      const { store } = await opened();
      return isFresh(await read(store, sessionID));
    },

    hasCookie: (req) => cookie.idIn(req) !== null,

    async recognises(req) {
      const sessionId = cookie.idIn(req);
      if (sessionId === null) return false;
      const { store } = await opened();
      return isFresh(await read(store, sessionId));
    },

    detach(req) {
      Reflect.deleteProperty(req, 'session');
    },

    async logIn(req, username, fill) {
      await done((callback) => req.session.regenerate(callback));
      req.session.loggedInAt = clock.now();
      req.session.username = username;
      req.session.address = clientAddress(req);
      req.session.credentials = credentials;
      fill();
      // Saved before the answer: a browser may follow a redirect faster than the store writes.
      await done((callback) => req.session.save(callback));
    },

    logOut: (req) => done((callback) => req.session.destroy(callback)),

    list: async (req) => (await openOnes()).map((one) => listedSession(one, req.sessionID, IDLE_MS)),

    async end(req, id) {
      const { store } = await opened();
      const ended = (await openOnes()).filter(({ sid }) => id === null || publicId(sid) === id);
      for (const { sid } of ended) await done((callback) => store.destroy(sid, callback));
      return ended.map((one) => listedSession(one, req.sessionID, IDLE_MS));
    },

    async close() {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

function read(store: Store, sessionId: string): Promise<SessionData | null | undefined> {
  return new Promise((resolve, reject) =>
    store.get(sessionId, (error, data) => (error ? reject(unavailable(error)) : resolve(data))),
  );
}

function done(run: (callback: (error: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(unavailable(error)) : resolve())));
}

function unavailable(cause: unknown): AppError {
  const message = 'The sign-ins cannot be read at the moment. Please try again shortly.';
  return new AppError('store_unavailable', message, { cause, retryAfterSeconds: STORE_RETRY_SECONDS });
}
