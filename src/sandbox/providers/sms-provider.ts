import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Asked, type Order, orderIn } from './sms-api.js';

/** A message that the provider has taken, as the phone shows it. */
export interface Sms extends Order {
  /** The provider's own number. */
  id: string;
  /** Unix ms. */
  at: number;
}

/** What is reported about a message. */
export interface Report {
  status: 'SENT' | 'DELIVRD' | 'UNDELIV' | 'BUFFERED';
  /** By default right. */
  signature?: 'right' | 'wrong' | 'none';
  /** Default 1. */
  times?: number;
}

/** How a message to one of the recipients goes. */
export interface Script {
  /** Default: 202 with the provider's number. `hang`: none ever comes; `reset`: the connection ends once the request is read. */
  answer?: { status: number; body?: unknown; headers?: Record<string, string> } | 'hang' | 'reset';
  /** Default: SENT, then DELIVRD. */
  reports?: Report[];
  /** They come before the answer. */
  reportsFirst?: boolean;
}

/** A provider of SMS on this machine, as strict as its API says, for what goes well and what does not. */
export interface SmsProvider {
  /** Where messages are posted. Any other path of the server takes whatever comes, and answers 200. */
  url: string;
  key: string;
  /** Reports are signed with it: `X-Signature: sha256=<hex HMAC-SHA256 of the body>`. */
  secret: string;
  /** Every request, oldest first. */
  requests: readonly Asked[];
  /** Oldest first; to one number, or all. */
  messages(to?: string): Sms[];
  /** For recipients whose number ends so, the latest first. */
  script(suffix: string, script: Script): void;
  clear(): void;
  /** Reports about a message; resolves with the statuses of the answers. */
  report(message: Pick<Sms, 'id' | 'ref' | 'callback'>, report: Report): Promise<number[]>;
  /** What was answered to all reports so far, once none is under way. */
  reported(): Promise<number[]>;
  close(): Promise<void>;
}

const REPORTS: Report[] = [{ status: 'SENT' }, { status: 'DELIVRD' }];

export async function createSmsProvider(): Promise<SmsProvider> {
  const [key, secret] = ['sandbox-sms-key', 'sandbox-sms-secret'];
  const requests: Asked[] = [];
  const taken: Sms[] = [];
  const answers: number[] = [];
  let scripts: [suffix: string, script: Script][] = [];
  let reporting: Promise<unknown> = Promise.resolve();

  async function report(
    { id, ref, callback }: Pick<Sms, 'id' | 'ref' | 'callback'>,
    { status, signature = 'right', times = 1 }: Report,
  ): Promise<number[]> {
    if (callback === undefined) return [];
    const body = JSON.stringify({ id, ref, status, at: Math.floor(Date.now() / 1_000) });
    const hmac = createHmac('sha256', signature === 'right' ? secret : 'wrong')
      .update(body)
      .digest('hex');
    const headers = {
      'content-type': 'application/json',
      ...(signature !== 'none' && { 'x-signature': `sha256=${hmac}` }),
    };
    const statuses: number[] = [];
    for (let time = 0; time < times; time++) {
      const answer = await fetch(callback, { method: 'POST', headers, body }).catch(() => null);
      statuses.push(answer?.status ?? 0);
      await answer?.body?.cancel();
    }
    answers.push(...statuses);
    return statuses;
  }

  async function reportAll(sms: Sms, reports: Report[]): Promise<void> {
    for (const each of reports) await report(sms, each);
  }

  async function take(order: Order, res: ServerResponse): Promise<void> {
    const [, script = {}] = scripts.find(([suffix]) => order.to.endsWith(suffix)) ?? [];
    const { answer = { status: 202 }, reports = REPORTS, reportsFirst = false } = script;
    const sms: Sms = { ...order, id: `sms-${taken.length + 1}`, at: Date.now() };
    const isTaken = answer === 'hang' || answer === 'reset' || answer.status < 300;
    if (isTaken) taken.push(sms);
    if (reportsFirst) await reportAll(sms, reports);
    if (answer === 'hang') return;
    if (answer === 'reset') return void res.destroy();
    write(res, answer.status, answer.body ?? { id: sms.id }, answer.headers);
    if (!reportsFirst && isTaken) reporting = reporting.then(() => reportAll(sms, reports));
  }

  const server = createServer((req, res) => void serve(req, res));

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = req;
    const asked = { method, path: url, headers, body: await text(req) };
    requests.push(asked);
    if (url !== '/messages') return write(res, 200, {});
    const order = orderIn(asked, key);
    if ('error' in order) return write(res, order.status, { error: { code: order.error } });
    await take(order, res);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/messages`,
    key,
    secret,
    requests,
    messages: (to) => taken.filter((sms) => to === undefined || sms.to === to),
    script: (suffix, script) => void scripts.unshift([suffix, script]),
    clear() {
      scripts = [];
    },
    report,
    async reported() {
      await reporting;
      return [...answers];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function write(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(typeof body === 'string' ? body : JSON.stringify(body));
}
