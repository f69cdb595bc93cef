import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server whose connections a test can break. It ends with the test. */
export interface Network {
  port: number;
  connections(): number;
  /** The connections of the moment carry nothing any more, and nobody is told, as after a lost route. */
  fallSilent(): void;
  /** The near side of the connections of the moment is closed; the far side does not hear of it. */
  cutNear(): void;
  /** The next bytes with this text reach the server; its answer gets lost, and the near side is closed. */
  loseAnswerTo(text: string): void;
}

export async function networkTo(url: URL): Promise<Network> {
  const port = Number(url.port);
  const live = new Set<Socket>();
  const silent = new Set<Socket>();
  const farSides = new Set<Socket>();
  let unanswered: string | null = null;

  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    live.add(near);
    near.on('data', (bytes) => {
      if (silent.has(near)) return;
      if (unanswered !== null && bytes.includes(unanswered)) {
        unanswered = null;
        silent.add(near);
        far.once('data', () => near.destroy());
      }
      far.write(bytes);
    });
    far.on('data', (bytes) => silent.has(near) || near.write(bytes));
    near.on('error', () => {}).on('close', () => silent.has(near) || far.destroy());
    far.on('error', () => {}).on('close', () => silent.has(near) || near.destroy());
    farSides.add(far);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of [...live, ...farSides]) socket.destroy();
    proxy.close();
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    connections: () => live.size,
    fallSilent() {
      for (const socket of live) silent.add(socket);
    },
    cutNear() {
      for (const socket of live) {
        silent.add(socket);
        socket.destroy();
      }
    },
    loseAnswerTo(text) {
      unanswered = text;
    },
  };
}
