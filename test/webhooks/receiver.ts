import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../support/until.js';

export interface Received {
  path: string;
  headers: Record<string, string>;
  /** Byte for byte. */
  body: string;
  event: { type: string; timestamp: string; data: Record<string, unknown> };
}

/** Another's server on this machine: it notes what it is sent, and answers as the test says. */
export interface Receiver {
  url: string;
  received: Received[];
  /** By path; 204 without one. */
  answers: Map<string, (res: ServerResponse, got: Received) => void>;
  /** The types of what came to this path, in order. */
  types(path?: string): string[];
  /** Resolves with all that came to this path once there are so many. */
  got(count: number, path?: string): Promise<Received[]>;
  close(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Receiver['answers'] = new Map();
  const server = createServer(async (req, res) => {
    const got = await read(req);
    received.push(got);
    const answer = answers.get(got.path);
    if (answer) answer(res, got);
    else res.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const at = (path?: string) => received.filter((each) => path === undefined || each.path === path);
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answers,
    types: (path) => at(path).map(({ event }) => event.type),
    got: (count, path) =>
      until(`${count} webhooks at ${path ?? 'any path'}`, () => (at(path).length >= count ? at(path) : null)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(req: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  return {
    path: req.url ?? '',
    headers: req.headers as Record<string, string>,
    body,
    event: JSON.parse(body) as Received['event'],
  };
}
