import type { Clock } from '../../../clock.js';
import { describe } from '../scrub.js';
import { SessionCorrupt } from '../session/session-rows.js';
import type { Sessions } from '../session/sessions.js';
import { type Connection, openConnection } from './connection.js';
import { type ConnectionEvent, isAboutMessages, type LifecycleEvent } from './events.js';
import type { Rejections } from './rejections.js';
import type { SocketDeps } from './socket-config.js';

/** Keeps at most one connection: opens it, releases it, and passes on its events. */
export interface Lifecycle {
  /** The present connection, open or not. */
  connection(): Connection | null;
  /** The present connection, if messages can be handed to it. */
  openConnection(): Connection | null;
  /** Replaces the present connection with a new one. Never rejects: the result is an event. */
  connect(): Promise<void>;
  /** Releases the connection, for the caller to end. */
  release(): Connection | null;
  /** Releases the connection and ends it. */
  disconnect(reason: string): Promise<void>;
}

export interface LifecycleDeps extends SocketDeps {
  clock: Clock;
  rejections: Rejections;
  sessions: Pick<Sessions, 'open'>;
  emit(event: LifecycleEvent): void;
}

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { rejections, sessions, emit } = deps;
  /** Counts releases: whoever waited through one is outdated. */
  let generation = 0;
  let connection: Connection | null = null;
  /** Resolves when every connection released by `disconnect` has ended. */
  let ended: Promise<unknown> = Promise.resolve();

  function release(): Connection | null {
    generation += 1;
    const old = connection;
    connection = null;
    rejections.suspect(null);
    return old;
  }

  async function disconnect(reason: string): Promise<void> {
    const ending = Promise.all([ended, release()?.end(reason)]);
    // A failure is that of this call; later ones do not inherit it.
    ended = ending.catch(() => {});
    await ending;
  }

  async function connect(): Promise<void> {
    const away = disconnect('replaced by a new connection');
    const mine = generation;
    try {
      await away;
      // A later attempt has taken over, and the session with it.
      if (mine !== generation) return;
      const { baileys, session } = await sessions.open();
      if (mine !== generation) return;
      emit({ type: 'connecting', isPaired: session.isPaired(), phone: session.phone() });
      if (mine !== generation) return;
      connection = openConnection({ ...deps, baileys, session, emit: (event) => passOn(mine, event) });
      rejections.suspect(connection);
    } catch (error) {
      if (mine !== generation) return;
      if (error instanceof SessionCorrupt) emit({ type: 'session_unreadable', detail: error.message });
      else emit({ type: 'not_opened', reason: describe(error) });
    }
  }

  function passOn(mine: number, event: ConnectionEvent): void {
    const isCurrent = mine === generation;
    if (event.type === 'closed' && isCurrent) release();
    if (event.type === 'closed' && !isCurrent) emit({ type: 'old_closed', close: event.close });
    if (isCurrent || isAboutMessages(event)) emit(event);
  }

  return {
    connection: () => connection,
    openConnection: () => (connection?.isOpen() ? connection : null),
    connect,
    release,
    disconnect,
  };
}
