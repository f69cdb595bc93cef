import type { Clock } from '../../../clock.js';
import type { Baileys, Socket } from '../baileys/baileys.js';
import type { Close } from '../close-codes.js';
import type { Address } from '../jid.js';
import { findLid } from '../lookups/find-lid.js';
import { type Location, locate, lookUp } from '../lookups/locate.js';
import { describe } from '../scrub.js';
import type { Session } from '../session/session.js';
import { type AccountAnswer, askAccount } from './ask-account.js';
import { closeOf } from './close-reason.js';
import type { ConnectionEvent } from './events.js';
import { askPairingCode } from './pairing-code.js';
import { followQr } from './qr.js';
import type { Culprit, Rejections } from './rejections.js';
import { type Reached, sendText } from './send-text.js';
import { type SocketDeps, socketConfig } from './socket-config.js';
import { dropClaims, followStanzas } from './stanzas.js';
import { followTexts } from './texts.js';
import { watch } from './watchdog.js';

/** One Baileys socket, from its creation to its end. */
export interface Connection extends Culprit {
  isOpen(): boolean;
  /** The number's JID; null: not on WhatsApp; undefined: no answer. */
  lookUp(phone: string): Promise<string | null | undefined>;
  /** See `findLid`. */
  findLid(jid: string): Promise<string | null | undefined>;
  /** See `locate`; undefined: no answer. */
  locate(known: Address, anew: boolean): Promise<Location | undefined>;
  sendText(reached: Reached, messageId: string, text: string): Promise<unknown>;
  askPairingCode(phone: string): Promise<string>;
  /** See `askAccount`. */
  askAccount(): Promise<AccountAnswer>;
  /** Tells WhatsApp to forget this device, and ends. */
  unlink(): Promise<void>;
  /** Ends without logging out; resolves when the other side has heard, or at once when it is not listening. */
  end(reason: string): Promise<void>;
}

/** How long the other side may take to answer our close frame. */
const CLOSE_PATIENCE_MS = 1_000;

export function openConnection(
  deps: SocketDeps & {
    baileys: Baileys;
    session: Session;
    clock: Clock;
    rejections: Rejections;
    emit(event: ConnectionEvent): void;
  },
): Connection {
  const { baileys, session, clock, rejections } = deps;
  let over = false;
  let isOpen = false;
  let isPairing = false;
  let lastFrameAt = clock.elapsed();
  let stopWatching = () => {};

  /** Passes an event on, outside the connection's context, until the connection is over. */
  const tell = (event: ConnectionEvent) => {
    if (!over) rejections.outside(() => deps.emit(event));
  };
  const finish = (close: Close) => {
    if (over) return;
    over = true;
    stopWatching();
    const closed = { close, isPaired: session.isPaired(), wasPairing: isPairing };
    rejections.outside(() => deps.emit({ type: 'closed', ...closed }));
  };
  const call = <T>(run: (socket: Socket) => Promise<T>) => rejections.within(connection, () => run(socket));

  const connection: Connection = {
    isOpen: () => isOpen && !over && socket.ws.isOpen,
    lookUp: (phone) => call((socket) => lookUp(socket, phone)),
    findLid: (jid) => call((socket) => findLid({ baileys, socket }, jid)),
    locate: (known, anew) =>
      call((socket) => locate({ baileys, socket, devices: deps.caches.devices }, known, anew)),
    sendText: (reached, messageId, text) =>
      call((socket) => sendText({ baileys, socket }, reached, messageId, text)),
    askPairingCode: (phone) => call((socket) => askPairingCode(socket, clock, phone)),
    askAccount: () => call((socket) => askAccount(socket)),
    async unlink() {
      await call((socket) => socket.logout());
      if (!socket.ws.isClosed) await new Promise((resolve) => socket.ws.once('close', resolve));
      finish({ code: null, reason: 'logged out', banEndsAt: null });
    },
    async end(reason) {
      finish({ code: null, reason, banEndsAt: null });
      await call((socket) => socket.end(undefined)).catch(() => {});
    },
    fail(reason) {
      finish({ code: null, reason: describe(reason), banEndsAt: null });
      void call((socket) => socket.end(undefined)).catch(() => {});
      terminate(socket);
    },
  };

  const socket = rejections.within(connection, () => baileys.makeWASocket(socketConfig(deps)));
  boundClose(socket, clock);
  dropClaims(socket);

  socket.ev.on('creds.update', () => session.save());
  socket.ev.on('connection.update', (update) => {
    if (update.isNewLogin) tell({ type: 'paired', phone: session.phone() });
    if (update.connection === 'open') {
      isOpen = true;
      tell({ type: 'opened', phone: session.phone() });
    }
    if (update.connection === 'close') finish(closeOf(update.lastDisconnect?.error, clock.now()));
  });
  followQr(socket, clock, (qr, expiresAt) => {
    isPairing = true;
    // Baileys keeps showing codes until WhatsApp closes the connection on which the pairing succeeded.
    if (!session.isPaired()) tell({ type: 'qr', qr, expiresAt });
  });
  socket.ws.on('frame', () => {
    lastFrameAt = clock.elapsed();
  });
  // Baileys itself would wait forever for a socket whose upgrade was refused.
  socket.ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number }) => {
    connection.fail(new Error(`the connection was refused with HTTP ${response.statusCode}`));
  });
  followStanzas(socket, session, clock, tell);
  followTexts({ baileys, socket, clock }, (text) => tell({ type: 'text', text }));

  stopWatching = watch(
    {
      isOpen: connection.isOpen,
      isPairing: () => isPairing,
      lastFrameAt: () => lastFrameAt,
      ping: () => void call(ping).catch(() => {}),
      fail: (reason) => connection.fail(new Error(reason)),
    },
    clock,
    deps.settings.checkIntervalMs,
  );
  return connection;
}

function ping(socket: Socket): Promise<void> {
  const id = socket.generateMessageTag();
  const attrs = { id, to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' };
  return socket.sendNode({ tag: 'iq', attrs, content: [{ tag: 'ping', attrs: {} }] });
}

/** Baileys reports an end only after the other side has answered: up to 30 s when that side is dead. */
function boundClose(socket: Socket, clock: Clock): void {
  const close = socket.ws.close.bind(socket.ws);
  socket.ws.close = async () => {
    const timer = clock.after(CLOSE_PATIENCE_MS, () => terminate(socket));
    await close();
    timer.cancel();
  };
}

function terminate(socket: Socket): void {
  const raw = socket.ws as unknown as { socket: { terminate(): void } | null };
  raw.socket?.terminate();
}
