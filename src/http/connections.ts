import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { atMostEvery, type Clock } from '../clock.js';
import { networkOf } from '../limits/networks.js';
import type { Log } from '../log.js';
import { canonicalAddress } from './client-address.js';

/** Far above what callers need, far below the file descriptors that the rest of the process needs. */
const MAX_CONNECTIONS = 2_000;
/** With so many open, idle ones make room for new ones. */
const NEARLY_ALL = 0.8 * MAX_CONNECTIONS;
/** Longer than a proxy keeps an idle connection (nginx: 60 s), so that the proxy closes first. */
const KEEP_ALIVE_MS = 65_000;
const SHORT_KEEP_ALIVE_MS = 5_000;
/** Nobody opens a connection and takes this long to say something. */
const SILENCE_MS = 2_000;
const LOG_INTERVAL_MS = 60_000;

interface Connection {
  address: string;
  /** Requests that have arrived and are not answered yet. */
  inHand: number;
  /** `elapsed` when it was opened, until its first request. */
  silentSince: number | null;
}

/**
 * One address cannot take all connections: beyond `perAddress` (0: any number) they are refused before anything is read.
 * When the server is nearly full, idle ones are closed, longest idle first, and are not kept for long.
 */
export function guardConnections(server: Server, deps: { clock: Clock; log: Log; perAddress: number }): void {
  const { clock, perAddress } = deps;
  const open = new Map<Socket, Connection>();
  const byAddress = new Map<string, number>();
  /** Longest idle first. */
  const idle = new Set<Socket>();
  const turnedAway = createTally(deps);

  function add(socket: Socket, address: string): void {
    open.set(socket, { address, inHand: 0, silentSince: clock.elapsed() });
    byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
    idle.add(socket);
    socket.once('close', () => remove(socket));
    adjustKeepAlive();
  }

  function remove(socket: Socket): void {
    const connection = open.get(socket);
    if (!connection) return;
    open.delete(socket);
    idle.delete(socket);
    const left = (byAddress.get(connection.address) ?? 1) - 1;
    if (left > 0) byAddress.set(connection.address, left);
    else byAddress.delete(connection.address);
    adjustKeepAlive();
  }

  function adjustKeepAlive(): void {
    server.keepAliveTimeout = open.size >= NEARLY_ALL ? SHORT_KEEP_ALIVE_MS : KEEP_ALIVE_MS;
  }

  /** For one more. */
  function makeRoom(): void {
    if (open.size < NEARLY_ALL) return;
    for (const socket of idle) {
      const { silentSince } = open.get(socket) ?? { silentSince: null };
      // Its first request may be under way.
      if (silentSince !== null && clock.elapsed() - silentSince < SILENCE_MS) continue;
      remove(socket);
      socket.destroy();
      turnedAway.idle();
      if (open.size < NEARLY_ALL) return;
    }
  }

  const [serve] = server.listeners('connection') as [(socket: Socket) => void];
  server.removeListener('connection', serve);
  server.on('connection', (socket: Socket) => {
    const address = networkOf(canonicalAddress(socket.remoteAddress) ?? '');
    if (perAddress > 0 && (byAddress.get(address) ?? 0) >= perAddress) {
      turnedAway.tooMany(address);
      return void socket.resetAndDestroy();
    }
    makeRoom();
    if (open.size >= MAX_CONNECTIONS) {
      turnedAway.full();
      return void socket.resetAndDestroy();
    }
    add(socket, address);
    serve.call(server, socket);
  });
  server.prependListener('request', ({ socket }, res) => {
    const connection = open.get(socket);
    if (!connection) return;
    connection.inHand++;
    connection.silentSince = null;
    idle.delete(socket);
    res.once('close', () => {
      if (--connection.inHand === 0 && open.has(socket)) idle.add(socket);
    });
  });
  adjustKeepAlive();
}

/** Counts what was turned away, for one line a minute. */
function createTally({ clock, log }: { clock: Clock; log: Log }) {
  const refused = new Map<string, number>();
  let full = 0;
  let idle = 0;
  const tell = atMostEvery(clock, LOG_INTERVAL_MS, () => {
    log.warn('connections were turned away', {
      tooManyFrom: Object.fromEntries(refused),
      becauseAllAreTaken: full,
      idleOnesClosed: idle,
    });
    refused.clear();
    full = 0;
    idle = 0;
  });
  return {
    tooMany(address: string) {
      refused.set(address, (refused.get(address) ?? 0) + 1);
      tell();
    },
    full() {
      full++;
      tell();
    },
    idle() {
      idle++;
      tell();
    },
  };
}
