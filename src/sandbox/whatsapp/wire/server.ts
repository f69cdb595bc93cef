import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../../clock.js';
import { type Connection, type ConnectionParts, createConnection } from './connection.js';

/** The upload of 812 prekeys is the largest frame a client sends. */
const MAX_FRAME_BYTES = 1024 * 1024;

export interface Server {
  port: number;
  /** Every open connection. */
  all(): Connection[];
  /** The live ones: not being closed, not deafened. */
  connections(): Connection[];
  maxConcurrentConnections(): number;
  /** When each client asked for a WebSocket, Unix ms, whatever became of it. */
  attempts(): number[];
  close(): Promise<void>;
}

/** Listens on loopback only. */
export async function startServer(parts: ConnectionParts, wantedPort: number): Promise<Server> {
  const { clock, faults } = parts;
  const http = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES });
  const live = new Set<Connection>();
  const attempts: number[] = [];
  const open = new Set<Socket>();
  let maxConcurrent = 0;
  const connections = () => [...live].filter((connection) => connection.isLive());

  const accept = (socket: WebSocket) => {
    const connection = createConnection(socket, parts);
    live.add(connection);
    maxConcurrent = Math.max(maxConcurrent, connections().length);
    socket.on('close', () => live.delete(connection));
  };

  http.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    attempts.push(clock.now());
    socket.on('error', () => socket.destroy());
    const upgrade = () => {
      if (!socket.destroyed) sockets.handleUpgrade(request, socket, head, accept);
    };
    const status = faults().rules.refuseUpgrades.take();
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const delay = faults().rules.delayHandshakes.take(({ stage }) => stage === 'upgrade');
    waitFor(clock, delay?.ms ?? 0, upgrade);
  });

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(wantedPort, '127.0.0.1', resolve);
  });

  return {
    port: (http.address() as AddressInfo).port,
    all: () => [...live],
    connections,
    maxConcurrentConnections: () => maxConcurrent,
    attempts: () => [...attempts],
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function waitFor(clock: Clock, ms: number, run: () => void): void {
  if (ms === 0) run();
  else if (Number.isFinite(ms)) clock.after(ms, run);
}
