import type { Store } from '../../../../database/schema.js';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import { createTurns } from '../../../one-at-a-time.js';
import type { Sealer } from '../../../sealing.js';
import { type Baileys, loadBaileys } from '../baileys/baileys.js';
import type { BaileysLog } from '../baileys/baileys-log.js';
import type { TokenLife } from '../token-life.js';
import { importSession } from './import-session.js';
import { openSession, type Session, storedPhone } from './session.js';
import { createSessionRows, SessionCorrupt } from './session-rows.js';
import { type HeldToken, storedTokens } from './tokens.js';

/**
 * The account's session: at most one at a time, kept over all reconnects. Opening, closing and deleting it take turns.
 */
export interface Sessions {
  /** What is stored. If nothing is and `mayImport` is set, the session of an earlier installation is imported. */
  find(mayImport: boolean): Promise<StoredSession>;
  /** The session for the next socket: the paired one, or a new identity. Throws `SessionCorrupt`. */
  open(): Promise<{ baileys: Baileys; session: Session }>;
  /** Releases it; what is stored stays. */
  close(): Promise<void>;
  /** Deletes it, and gives up a damaged one that is waiting to be imported. */
  discard(): Promise<void>;
  /** The trusted-contact tokens that are stored. */
  tokens(): Promise<HeldToken[]>;
  /** Resolves when everything is stored. */
  saved(): Promise<void>;
}

/** The number of the stored session, if there is one, or why it cannot be read. */
export type StoredSession = { phone: string | null } | { unreadable: string };

export function createSessions(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  baileysLog: BaileysLog;
  account: string;
  sealer: Sealer;
  importDir: string;
  tokenLife(): TokenLife;
  onTokens(held: HeldToken[]): void;
  onCorrupt(error: SessionCorrupt): void;
}): Sessions {
  const { store, account, clock } = deps;
  const inTurn = createTurns();
  const rows = createSessionRows(store, account, deps.sealer);
  let current: Session | null = null;
  /** Why the session to import cannot be read. Until that is resolved, no new identity may replace it. */
  let damaged: SessionCorrupt | null = null;

  async function importFiles(): Promise<boolean> {
    try {
      const isImported = await importSession({ ...deps, rows, folder: deps.importDir });
      if (isImported) damaged = null;
      return isImported;
    } catch (error) {
      if (error instanceof SessionCorrupt) damaged = error;
      throw error;
    }
  }

  async function find(mayImport: boolean): Promise<StoredSession> {
    try {
      const phone = await storedPhone(rows);
      if (phone !== null || !mayImport || !(await importFiles())) return { phone };
      return { phone: await storedPhone(rows) };
    } catch (error) {
      if (error instanceof SessionCorrupt) return { unreadable: error.message };
      throw error;
    }
  }

  async function open(): Promise<{ baileys: Baileys; session: Session }> {
    // The files may have been restored in the meantime.
    if (damaged && !(await importFiles())) throw damaged;
    const baileys = await loadBaileys();
    if (current && !current.isPaired()) await close();
    current ??= await openSession({ ...deps, baileys, rows });
    // An identity that is not stored would be lost with this process.
    await current.saved();
    return { baileys, session: current };
  }

  async function close(): Promise<void> {
    const closing = current;
    current = null;
    await closing?.retire();
  }

  async function discard(): Promise<void> {
    await close();
    await rows.clear();
    if (!damaged) return;
    await store
      .updateTable('service_status')
      .set({ session_imported_at: clock.now() })
      .where('account', '=', account)
      .execute();
    damaged = null;
  }

  return {
    find: (mayImport) => inTurn(() => find(mayImport)),
    open: () => inTurn(open),
    close: () => inTurn(close),
    discard: () => inTurn(discard),
    tokens: () => storedTokens(rows),
    saved: async () => current?.saved(),
  };
}
