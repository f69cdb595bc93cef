import { randomBytes } from 'node:crypto';
import { decodeBinaryNode, encodeBinaryNode, proto } from '@whiskeysockets/baileys';
import type { WebSocket } from 'ws';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { Breakable, Faults } from '../faults.js';
import type { Node } from '../nodes.js';
import { createFrameReader, frame } from './frames.js';
import { createNoiseResponder, type ServerIdentity, type Transport } from './noise.js';
import { createQuestions } from './questions.js';

/** One client's connection once the handshake is done. */
export interface Connection extends Breakable {
  send(stanza: Node): void;
  /** Sends an iq and resolves with the client's answer; rejects when the connection closes or `ms` have passed. */
  ask(iq: Node, ms: number): Promise<Node>;
  /** Open, not being closed, and listening. */
  isLive(): boolean;
}

/** What the client said about itself in the handshake. */
export interface Hello {
  /** Its Noise static key. */
  clientKey: Buffer;
  payload: proto.ClientPayload;
}

/** What a connection became: a registration or a login. */
export interface Session {
  receive(stanza: Node): void;
  closed(): void;
}

export interface ConnectionParts {
  identity: ServerIdentity;
  clock: Clock;
  log: Log;
  faults(): Faults;
  /** The handshake is done: what is this connection? */
  open(connection: Connection, hello: Hello): Session;
}

export function createConnection(socket: WebSocket, parts: ConnectionParts): Connection {
  const { clock, log, faults } = parts;
  const noise = createNoiseResponder(parts.identity);
  const questions = createQuestions(clock);
  let greeted = false;
  let transport: Transport | null = null;
  let session: Session | null = null;
  let deaf = false;
  let decoding = Promise.resolve();

  const later = (ms: number, run: () => void) => {
    if (ms === 0) run();
    else if (Number.isFinite(ms)) clock.after(ms, () => guarded(run));
  };
  const guarded = (run: () => void) => {
    try {
      run();
    } catch (error) {
      giveUp(error);
    }
  };
  const write = (payload: Uint8Array) => {
    if (!deaf && socket.readyState === socket.OPEN) socket.send(frame(payload));
  };
  const seal = (plain: Uint8Array) => {
    if (transport) write(transport.encrypt(plain));
  };

  const receive = (stanza: Node) => {
    if (!questions.answer(stanza)) session?.receive(stanza);
  };

  const finish = (payload: Buffer) => {
    const end = noise.finish(payload);
    transport = end.transport;
    session = parts.open(connection, {
      clientKey: end.clientKey,
      payload: proto.ClientPayload.decode(end.payload),
    });
  };

  const onFrame = (payload: Buffer) => {
    if (transport) {
      const plain = transport.decrypt(payload);
      // Decoding may have to inflate; stanzas are handled in order, and their handling is not awaited.
      decoding = decoding
        .then(() => decodeBinaryNode(plain))
        .then(receive)
        .catch(giveUp);
    } else if (greeted) {
      finish(payload);
    } else {
      greeted = true;
      const delay = faults().rules.delayHandshakes.take(({ stage }) => stage === 'noise');
      later(delay?.ms ?? 0, () => write(noise.answer(payload)));
    }
  };

  const giveUp = (error: unknown) => {
    log.warn('simulated WhatsApp: a connection was cut', { cause: String(error) });
    socket.terminate();
  };

  const reader = createFrameReader(onFrame);
  socket.on('message', (data) => guarded(() => reader(data as Buffer)));
  socket.on('error', giveUp);
  socket.on('close', () => {
    questions.abandon();
    session?.closed();
    session = null;
  });

  const connection: Connection = {
    send(stanza) {
      later(faults().latencyMs, () => seal(encodeBinaryNode(stanza)));
    },
    ask(iq, ms) {
      const answer = questions.wait(iq.attrs.id ?? '', ms);
      connection.send(iq);
      return answer;
    },
    close(last) {
      if (deaf) return socket.terminate();
      if (last) seal(encodeBinaryNode(last));
      socket.close();
    },
    terminate: () => socket.terminate(),
    isLive: () => !deaf && socket.readyState === socket.OPEN,
    deafen() {
      deaf = true;
      socket.pause();
    },
    garbage(kind) {
      if (kind === 'undecryptable') write(randomBytes(64));
      // A flag byte for "not compressed", then a list of two whose tag is not a token.
      else seal(Buffer.from([0, 248, 2, 255, 255]));
    },
  };
  return connection;
}
