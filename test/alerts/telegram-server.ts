import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';

interface Message {
  chat_id: string;
  text: string;
}

type Reaction = (response: ServerResponse) => void;

export const answers = {
  ok: (response: ServerResponse) => void response.end('{"ok":true}'),
  status:
    (status: number, body = '{"ok":false}', headers: Record<string, string> = {}): Reaction =>
    (response) =>
      void response.writeHead(status, headers).end(body),
  silence: () => {},
  hangUp: (response: ServerResponse) => void response.socket?.destroy(),
};

/** A Bot API on loopback that keeps what it is asked; the scripted reactions come first, then it says yes. */
export async function startTelegramServer(...script: Reaction[]) {
  const requests: { path: string; message: Message }[] = [];
  const accepted: string[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const message = (await json(request)) as Message;
    requests.push({ path: request.url ?? '', message });
    const reaction = script.shift();
    if (!reaction) accepted.push(message.text);
    (reaction ?? answers.ok)(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** The texts that the chat has got. */
    accepted,
    waitForRequests: (count: number) => vi.waitFor(() => expectLength(requests, count), { timeout: 60_000 }),
    waitForAccepted: (count: number) => vi.waitFor(() => expectLength(accepted, count), { timeout: 60_000 }),
    stop,
  };
}

function expectLength(list: unknown[], count: number): void {
  if (list.length !== count) throw new Error(`${list.length} instead of ${count}`);
}
