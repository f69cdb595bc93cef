import type { Clock } from '../../clock.js';
import type { Directory } from './directory.js';
import { type Faults, streamError } from './faults.js';
import type { Mailroom } from './mailroom.js';
import { lidJid, type Node, node, SERVER } from './nodes.js';
import { type Line, type PostOffice, seconds } from './post-office.js';
import type { Queries } from './queries.js';
import type { Device } from './state.js';
import type { Connection, Hello, Session } from './wire/connection.js';

export interface LoginParts {
  directory: Directory;
  post: PostOffice;
  mailroom: Mailroom;
  /** A gateway could not read a message of the person at this address. */
  onRetry(device: Device, from: string, id: string): void;
  queries: Queries;
  clock: Clock;
  faults(): Faults;
  onLogin(): void;
}

const NO_SESSION: Session = { receive() {}, closed() {} };

/** A client with a user name: lets it in if its device is linked and its key is the one it was linked with. */
export function createLogin(parts: LoginParts): (connection: Connection, hello: Hello) => Session {
  const { directory, post, clock, faults } = parts;

  return (connection, { clientKey, payload }) => {
    const refuse = (attrs: Record<string, string>) => {
      connection.close(node('failure', attrs));
      return NO_SESSION;
    };
    const refusal = faults().rules.refuseLogins.take();
    if (refusal) return refuse(refusal);
    const device = post.find({ user: String(payload.username), device: payload.device ?? 0 });
    if (!device || !clientKey.equals(device.clientKey)) return refuse({ reason: '401', location: 'rva' });

    const line: Line = connection;
    post.attach(device, line)?.close(streamError(440));
    parts.onLogin();
    const { lid } = directory.get(device.user);
    connection.send(node('success', { t: seconds(clock.now()), lid: lidJid(lid, device.device) }));
    replay(connection, device, faults().withholdOffline);
    return {
      receive: (stanza) => receive(parts, device, connection, stanza),
      closed: () => post.detach(device, line),
    };
  };
}

/** Sends what came while the device was away, and the mark that ends it. */
function replay(connection: Connection, device: Device, withholdEnd: boolean): void {
  const count = String(device.pending.length);
  connection.send(node('ib', { from: SERVER }, [node('offline_preview', { count })]));
  for (const stanza of device.pending) {
    connection.send({ ...stanza, attrs: { ...stanza.attrs, offline: '0' } });
  }
  if (!withholdEnd) connection.send(node('ib', { from: SERVER }, [node('offline', { count })]));
}

function receive(
  { mailroom, queries, post, onRetry }: LoginParts,
  device: Device,
  connection: Connection,
  stanza: Node,
) {
  const { id = '', type, to = '' } = stanza.attrs;
  if (stanza.tag === 'iq') queries.answer(device, connection, stanza);
  if (stanza.tag === 'message') mailroom.accept(device, connection, stanza);
  if (stanza.tag === 'ack') post.acknowledge(device, stanza.attrs.class ?? '', id, type);
  if (stanza.tag === 'receipt') {
    post.acknowledge(device, 'message', id, 'text');
    if (type === 'retry') onRetry(device, to, id);
    connection.send(node('ack', { class: 'receipt', id, from: to, ...(type ? { type } : {}) }));
  }
}
