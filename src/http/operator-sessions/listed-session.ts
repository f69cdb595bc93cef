import { createHash } from 'node:crypto';
import type { StoredSession } from './opened-sessions.js';

/** A session as its operator sees it. */
export interface ListedSession {
  /** Tells it from others; the session's own id would open it. */
  id: string;
  username: string;
  /** From where somebody logged in. */
  address: string;
  /** Since when, and when it was last used, Unix ms. */
  since: number;
  lastSeenAt: number;
  /** It is that of the request. */
  isOwn: boolean;
}

/** @param idleMs how long a session lasts after its last use. */
export function listedSession(
  { sid, expiresAt, data }: StoredSession,
  ownSid: string,
  idleMs: number,
): ListedSession {
  const { username = '', address = '', loggedInAt = 0 } = data;
  return {
    id: publicId(sid),
    username,
    address,
    since: loggedInAt,
    lastSeenAt: expiresAt - idleMs,
    isOwn: sid === ownSid,
  };
}

export function publicId(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 32);
}
