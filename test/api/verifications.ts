import { API_KEY, type Gateway, startGateway } from '../http/harness.js';
import type { DATABASES } from '../support/databases.js';
import { until } from '../support/until.js';

export const SARA = '+201001234567';
export const OMAR = '+201001234568';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { id: string };
  text: string;
}

/** The API of verifications on a real port, with handsets whose messages can be read. */
export interface World {
  gateway: Gateway;
  start(fields?: object, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  check(id: string, code: string): Promise<Answer>;
  /** The code of the last message that a handset got; waits until it has got `count`. */
  codeOn(phone: string, count?: number): Promise<string>;
  messagesTo(phone: string): string[];
  close(): Promise<void>;
}

const PATH = '/api/v1/verifications';

export async function openWorld(
  kind: (typeof DATABASES)[number],
  options: Parameters<typeof startGateway>[0] = {},
): Promise<World> {
  const gateway = await startGateway({ databaseKind: kind, sends: true, ...options });
  const { sender } = gateway;
  sender.answer = async () => gateway.clock.now();

  async function request(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
    const response = await fetch(`${gateway.url}${PATH}${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      headers: { 'X-API-KEY': API_KEY, 'Content-Type': 'application/json', ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text), text };
  }

  const messagesTo = (phone: string) =>
    sender.written.filter(({ recipient }) => recipient === phone).map(({ text }) => text);

  return {
    gateway,
    post: (path, body, headers) => request('POST', path, body, headers),
    get: (path, headers) => request('GET', path, undefined, headers),
    start: (fields = {}, headers) => request('POST', '', { to: SARA, ...fields }, headers),
    check: (id, code) => request('POST', `/${id}/check`, { code }),
    messagesTo,
    async codeOn(phone, count = 1) {
      const texts = await until(`message ${count} to ${phone}`, () => {
        const all = messagesTo(phone);
        return all.length >= count ? all : undefined;
      });
      return /(?<!\d)\d{4,10}(?!\d)/.exec(texts.at(-1) ?? '')?.[0] ?? '';
    },
    close: gateway.close,
  };
}

export function wrong(code: string): string {
  return `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}`;
}
