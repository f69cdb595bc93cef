import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Backend, FrontendTalk, isFree, openBackend, readMessages } from './postgres-wire.js';

/** When a connection to the server may go to somebody else: after each transaction, or when its client has left. */
type Mode = 'transaction' | 'session';
/** Which of its idle connections a pooler lends. */
type Choice = 'last used' | 'idle longest';

export interface Pooler {
  /** The database behind it. */
  url: string;
  /** Connections to the server, lent or idle. */
  size(): number;
}

/** A pooler as stands in front of hosted PostgreSQL servers. It ends with the test. */
export async function startPooler(databaseUrl: string, mode: Mode, choice: Choice): Promise<Pooler> {
  const idle: Backend[] = [];
  const all = new Set<Backend>();
  const clients = new Set<Socket>();

  async function lend(): Promise<Backend> {
    const kept = choice === 'last used' ? idle.pop() : idle.shift();
    if (kept) return kept;
    const backend = await openBackend(new URL(databaseUrl));
    all.add(backend);
    backend.socket.on('close', () => all.delete(backend));
    return backend;
  }

  function serve(client: Socket): void {
    let lent: Promise<Backend> | null = null;

    async function borrow(): Promise<Backend> {
      const backend = await lend();
      backend.onMessage = (message) => {
        if (isFree(message) && mode === 'transaction') {
          backend.onMessage = () => {};
          lent = null;
          idle.push(backend);
        }
        client.write(message);
      };
      return backend;
    }

    let passing = Promise.resolve();
    readMessages(client, new FrontendTalk(client), (message) => {
      passing = passing
        .then(async () => {
          lent ??= borrow();
          (await lent).socket.write(message);
        })
        .catch(() => void client.destroy());
    });
    // Who leaves in the middle of something takes the connection along.
    client.on('close', () => void lent?.then(({ socket }) => socket.destroy()).catch(() => {}));
  }

  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => {});
    serve(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of [...clients, ...[...all].map((backend) => backend.socket)]) socket.destroy();
    server.close();
  });
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return { url: url.href, size: () => all.size };
}
