import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { createSealer } from '../../sealing.js';
import { type Baileys, loadBaileys } from './baileys.js';
import type { BaileysLog } from './baileys-log.js';
import { importSession } from './import-session.js';
import { openSession, type Session, storedPhone } from './session.js';
import { createSessionRows, type SessionCorrupt } from './session-rows.js';

/** The account's session: at most one at a time, the same one over all its reconnects. */
export interface Sessions {
  /** The phone of the stored session, if there is one. Throws `SessionCorrupt`. */
  storedPhone(): Promise<string | null>;
  /** Imports the session of an earlier installation when there is one. Throws `SessionCorrupt`. */
  import(): Promise<boolean>;
  /** The session for the next socket: the paired one, or a new identity. Throws `SessionCorrupt`. */
  open(): Promise<{ baileys: Baileys; session: Session }>;
  /** Lets go of it; what is stored stays. */
  close(): Promise<void>;
  /** Deletes it. */
  discard(): Promise<void>;
  /** Resolves when everything is stored. */
  saved(): Promise<void>;
}

export function createSessions(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  baileysLog: BaileysLog;
  account: string;
  encryptionKey: string;
  importDir: string;
  onCorrupt(error: SessionCorrupt): void;
}): Sessions {
  const { store, account } = deps;
  const rows = createSessionRows(store, account, createSealer(deps.encryptionKey, 'whatsapp-session'));
  let current: Session | null = null;

  async function close(): Promise<void> {
    const closing = current;
    current = null;
    await closing?.retire();
  }

  return {
    storedPhone: () => storedPhone(rows),
    import: () => importSession({ ...deps, rows, folder: deps.importDir }),
    async open() {
      const baileys = await loadBaileys();
      if (current && !current.isPaired()) await close();
      current ??= await openSession({ ...deps, baileys, rows });
      // A socket with an identity that is not stored would be lost with this process.
      await current.saved();
      return { baileys, session: current };
    },
    close,
    async discard() {
      await close();
      await rows.clear();
    },
    saved: async () => current?.saved(),
  };
}
