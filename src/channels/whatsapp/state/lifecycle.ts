import type { Clock, Timer } from '../../../clock.js';
import { AppError } from '../../../errors.js';
import type { Receipt } from '../../channel.js';
import type { Close } from '../close-codes.js';
import { describe } from '../scrub.js';
import type { Session } from '../session/session.js';
import { SessionCorrupt } from '../session/session-rows.js';
import type { Sessions } from '../session/sessions.js';
import { type Connection, type ConnectionEvents, openConnection } from '../socket/connection.js';
import type { Rejections } from '../socket/rejections.js';
import type { SocketDeps } from '../socket/socket-config.js';
import type { QrRounds } from './qr-rounds.js';
import type { Reactions } from './reactions.js';
import type { Restriction } from './restriction.js';
import { CLOSED, type StatusBoard } from './status-board.js';

/** Keeps at most one connection: opens it, follows it, replaces it. */
export interface Lifecycle {
  /** The connection there is, open or not. */
  connection(): Connection | null;
  /** Replaces what there is by a new connection; with `pairing`, one that asks for a pairing code. */
  connect(pairing?: PairingByCode): Promise<void>;
  connectAfter(ms: number): void;
  /** Lets go of the connection, for the caller to end. Nothing is opened until the next `connect`. */
  release(): Connection | null;
  /** As `release`, for good. */
  stop(): Connection | null;
  /** Lets go, ends, and reports a session that cannot be read. */
  corrupt(error: SessionCorrupt): void;
}

/** A request for a pairing code that waits for its answer. */
export interface PairingByCode {
  phone: string;
  resolve(code: string): void;
  reject(error: AppError): void;
}

export interface LifecycleDeps extends SocketDeps {
  board: StatusBoard;
  clock: Clock;
  restriction: Restriction;
  rounds: QrRounds;
  rejections: Rejections;
  sessions: Sessions;
  reactions(): Reactions;
  onQr(qr: string): void;
  onOpen(): void;
  onStable(): void;
  onPaired(phone: string | null): void;
  onAck(messageId: string, error: number | null, isOutdated: boolean): void;
  onReceipt(receipt: Receipt): void;
  onAddressesChanged(jids: string[]): void;
  onReachOutLock(lock: { isActive: boolean; until: number | null }): void;
  onClosed(close: Close): void;
}

/** After so long a connection counts as stable. */
const STABLE_MS = 60_000;

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { board, clock, restriction, rounds, sessions, reactions } = deps;
  let generation = 0;
  let connection: Connection | null = null;
  let timer: Timer | null = null;
  let stopped = false;
  /** Resolves when every connection let go of by `connect` has ended. */
  let ended: Promise<unknown> = Promise.resolve();

  function release(): Connection | null {
    generation += 1;
    timer?.cancel();
    const old = connection;
    connection = null;
    return old;
  }

  function connectAfter(ms: number): void {
    timer?.cancel();
    timer = clock.after(ms, () => void connect());
  }

  async function connect(pairing?: PairingByCode): Promise<void> {
    if (stopped) return pairing?.reject(notReached());
    const old = release();
    const mine = generation;
    try {
      ended = Promise.all([ended, old?.end('replaced by a new connection')]);
      await ended;
      // A later attempt has taken over, and the session with it.
      if (mine !== generation) return pairing?.reject(notReached());
      const { baileys, session } = await sessions.open();
      if (mine !== generation) return pairing?.reject(notReached());
      announceAttempt(session, pairing);
      connection = openConnection({ ...deps, baileys, session, events: eventsOf(mine, session, pairing) });
    } catch (error) {
      pairing?.reject(notReached());
      if (mine !== generation) return;
      if (error instanceof SessionCorrupt) corrupt(error);
      else reactions().closed({ code: null, reason: describe(error), banEndsAt: null }, null);
    }
  }

  function announceAttempt(session: Session, pairing?: PairingByCode): void {
    const { state, needs } = board.now();
    const isPaired = session.isPaired();
    const finishesPairing = isPaired && state === 'PAIRING';
    const waitsForScan = !isPaired && !pairing && (state === 'LOGGED_OUT' || state === 'QR_REQUIRED');
    const keeps = finishesPairing || waitsForScan;
    if (!isPaired) rounds.began();
    board.change({
      ...CLOSED,
      state: keeps ? state : 'CONNECTING',
      needs: isPaired && !keeps ? null : (needs ?? 'not_paired'),
      me: session.phone(),
    });
  }

  function eventsOf(mine: number, session: Session, pairing?: PairingByCode): ConnectionEvents {
    let asked = false;
    const whileCurrent =
      <A extends unknown[]>(run: (...args: A) => void) =>
      (...args: A) => {
        if (mine === generation) run(...args);
      };
    return {
      qr: whileCurrent((qr, expiresAt) => {
        // Baileys goes on showing codes until WhatsApp closes the connection on which the pairing succeeded.
        if (session.isPaired()) return;
        if (!pairing) return showQr(qr, expiresAt);
        if (!asked) void askForCode(pairing);
        asked = true;
      }),
      paired: whileCurrent(() => {
        const phone = session.phone();
        deps.onPaired(phone);
        const detail = 'The phone has accepted this device.';
        board.change({ ...CLOSED, state: 'PAIRING', detail, me: phone, lastPhone: phone });
      }),
      open: whileCurrent(() => {
        reactions().opened();
        const phone = session.phone();
        const openSince = clock.now();
        board.change({
          ...CLOSED,
          ...restriction.openState(),
          needs: null,
          me: phone,
          lastPhone: phone,
          openSince,
        });
        deps.onOpen();
        timer?.cancel();
        timer = clock.after(STABLE_MS, deps.onStable);
      }),
      reachOutLock: whileCurrent(deps.onReachOutLock),
      ack: deps.onAck,
      receipt: deps.onReceipt,
      addressesChanged: deps.onAddressesChanged,
      closed(close) {
        deps.onClosed(close);
        pairing?.reject(notReached());
        whileCurrent(() => {
          const wasPairing = connection?.isPairing() ?? false;
          release();
          reactions().closed(close, { session, wasPairing });
        })();
      },
    };
  }

  function showQr(qr: string, qrExpiresAt: number): void {
    const detail = 'Scan the QR code with WhatsApp on the phone, under "Linked devices".';
    board.change({ state: 'QR_REQUIRED', needs: 'not_paired', detail, qr, qrExpiresAt });
    deps.onQr(qr);
  }

  async function askForCode(pairing: PairingByCode): Promise<void> {
    const asking = connection;
    try {
      const pairingCode = await asking?.askPairingCode(pairing.phone);
      if (!pairingCode || asking !== connection) return pairing.reject(notReached());
      const detail = 'Type the code on the phone, under "Linked devices", "Link with phone number instead".';
      board.change({ state: 'PAIRING', needs: 'not_paired', detail, pairingCode });
      pairing.resolve(pairingCode);
    } catch (error) {
      pairing.reject(new AppError('sender_unavailable', 'WhatsApp gave no pairing code.', { cause: error }));
      if (asking === connection) void connect();
    }
  }

  function corrupt(error: SessionCorrupt): void {
    void release()?.end('the stored session cannot be read');
    void sessions.close();
    reactions().corrupt(error);
  }

  return {
    connection: () => connection,
    connect,
    connectAfter,
    release,
    stop() {
      stopped = true;
      return release();
    },
    corrupt,
  };
}

function notReached(): AppError {
  return new AppError('sender_unavailable', 'WhatsApp could not be reached. Please try again.');
}
