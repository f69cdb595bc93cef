import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** PostgreSQL's protocol (version 3), as much of it as a pooler needs. Each message: a letter, a length, a body. */
const [AUTHENTICATION, ERROR, READY, TERMINATE] = [...Buffer.from('REZX')];
const IDLE = 'I'.charCodeAt(0);
const PROTOCOL_3 = 196_608;
const SSL_REQUEST = 80_877_103;
const CLEARTEXT_PASSWORD = 3;

/** A connection to the server that has logged in. */
export interface Backend {
  socket: Socket;
  /** Called with each message of the server. */
  onMessage(message: Buffer): void;
}

/** ReadyForQuery outside a transaction. */
export function isFree(message: Buffer): boolean {
  return message[0] === READY && message[5] === IDLE;
}

/** Logs in as the user of the address, with a password in the clear. */
export function openBackend({ hostname, port, username, password, pathname }: URL): Promise<Backend> {
  const socket = connect(Number(port), hostname);
  return new Promise((resolve, reject) => {
    const backend: Backend = {
      socket,
      onMessage(message) {
        if (message[0] === AUTHENTICATION && message.readInt32BE(5) === CLEARTEXT_PASSWORD) {
          socket.write(typed('p', Buffer.from(`${password}\0`)));
        }
        if (message[0] === ERROR) reject(new Error('The server refused the pooler.'));
        if (message[0] === READY) resolve(backend);
      },
    };
    socket.on('error', reject);
    readMessages(socket, null, (message) => backend.onMessage(message));
    const parameters = `user\0${username}\0database\0${pathname.slice(1)}\0\0`;
    socket.write(framed(Buffer.concat([int32(PROTOCOL_3), Buffer.from(parameters)])));
  });
}

/** What a client says before and beside its queries; whoever it is, it is let in. */
export class FrontendTalk {
  #hasStarted = false;

  constructor(readonly socket: Socket) {}

  /** Its first messages have no letter. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** True: this message is answered, nobody else needs to see it. */
  takes(message: Buffer): boolean {
    if (this.#hasStarted) {
      if (message[0] === TERMINATE) this.socket.end();
      return message[0] === TERMINATE;
    }
    if (message.readInt32BE(4) === SSL_REQUEST) {
      this.socket.write('N');
      return true;
    }
    this.#hasStarted = true;
    const key = typed('K', Buffer.concat([int32(1), randomBytes(4)]));
    this.socket.write(Buffer.concat([typed('R', int32(0)), key, typed('Z', Buffer.from('I'))]));
    return true;
  }
}

/** Calls back with each whole message. @param talk of a client; null: the other side is a server. */
export function readMessages(
  socket: Socket,
  talk: FrontendTalk | null,
  onMessage: (message: Buffer) => void,
): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    for (;;) {
      const lengthAt = talk && !talk.hasStarted ? 0 : 1;
      if (pending.length < lengthAt + 4) return;
      const end = lengthAt + pending.readInt32BE(lengthAt);
      if (pending.length < end) return;
      const message = pending.subarray(0, end);
      pending = pending.subarray(end);
      if (!talk?.takes(message)) onMessage(message);
    }
  });
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const framed = (body: Buffer) => Buffer.concat([int32(body.length + 4), body]);
const typed = (letter: string, body: Buffer) => Buffer.concat([Buffer.from(letter), framed(body)]);
