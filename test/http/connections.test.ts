import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogFields } from '../../src/log.js';
import { API_KEY, type Gateway, startGateway } from './harness.js';

const ATTACKER = '127.0.0.2';
const HERS = '127.0.0.3';
const ALL = 2_000;
const NEARLY_ALL = 1_600;

let gateway: Gateway;
let sockets: Held[] = [];
afterEach(async () => {
  for (const { socket } of sockets) socket.destroy();
  sockets = [];
  await gateway.close();
});

interface Held {
  socket: Socket;
  /** What came back so far. */
  answer: string;
  closed: boolean;
}

/** Connections from an address, in the order in which they were accepted; each waits until it is answered or refused. */
async function open(
  count: number,
  from: string,
  text = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
): Promise<Held[]> {
  const opened: Held[] = [];
  while (opened.length < count) opened.push(await openOne(from, text));
  sockets.push(...opened);
  return opened;
}

function openOne(from: string, text: string): Promise<Held> {
  return new Promise((resolve) => {
    const port = Number(new URL(gateway.url).port);
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    const held: Held = { socket, answer: '', closed: false };
    socket.on('connect', () => (text === '' ? resolve(held) : socket.write(text)));
    socket.on('data', (part) => {
      held.answer += part;
      resolve(held);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      held.closed = true;
      resolve(held);
    });
  });
}

/** A request over a connection of its own. Resolves with the status, or null when there was no answer. */
function ask(
  from: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<number | null> {
  return new Promise((resolve) => {
    const sent = request(
      gateway.url + path,
      { localAddress: from, agent: new Agent(), method: body ? 'POST' : 'GET', headers },
      (answer) => resolve(answer.resume().statusCode ?? null),
    );
    sent.on('error', () => resolve(null));
    sent.end(body);
  });
}

const sendCode = (from: string) =>
  ask(
    from,
    '/api/v1/otp/send',
    { 'X-API-KEY': API_KEY, 'Content-Type': 'application/json' },
    '{"phoneNumber":"+201001234567"}',
  );

/** What ten requests of somebody else get. */
async function ten(): Promise<(number | null)[]> {
  const statuses: (number | null)[] = [];
  for (let n = 0; n < 10; n++) statuses.push(await ask(HERS, '/healthz'));
  return statuses;
}

const openOf = (held: Held[]) => held.filter(({ closed }) => !closed);

function logged() {
  const lines: LogFields[] = [];
  const warn = (message: string, fields: LogFields = {}) => {
    if (message.startsWith('connections')) lines.push(fields);
  };
  return { lines, log: { error() {}, warn, info() {}, debug() {} } };
}

describe('2,000 idle connections of one address', () => {
  it('are 500: the rest is refused, others are served 10 of 10, and so is who has a key', async () => {
    const { lines, log } = logged();
    gateway = await startGateway({ connectionsPerAddress: 500, log });
    const his = await open(ALL, ATTACKER);
    expect(openOf(his)).toHaveLength(500);
    expect(his.slice(500).every(({ answer }) => answer === '')).toBe(true);
    expect(await ten()).toEqual(Array(10).fill(200));
    expect(await sendCode(HERS)).toBe(202);
    await gateway.clock.advance(60_000);
    expect(lines).toEqual([
      { tooManyFrom: { [ATTACKER]: 1 }, becauseAllAreTaken: 0, idleOnesClosed: 0 },
      { tooManyFrom: { [ATTACKER]: 1_499 }, becauseAllAreTaken: 0, idleOnesClosed: 0 },
    ]);
  });

  it('give their places back when they are closed', async () => {
    gateway = await startGateway({ connectionsPerAddress: 5 });
    const his = await open(10, ATTACKER);
    expect(openOf(his)).toHaveLength(5);
    for (const { socket } of his.slice(0, 2)) {
      await new Promise((resolve) => socket.on('close', resolve).destroy());
    }
    // The server hears of it a moment later.
    while ((await open(1, ATTACKER))[0]?.closed) await new Promise(setImmediate);
    expect(openOf(sockets)).toHaveLength(4);
  });

  it('make room for others where the limit is off: those that have been idle for longest', async () => {
    const { lines, log } = logged();
    gateway = await startGateway({ log });
    const his = await open(ALL, ATTACKER);
    await Promise.all(his.slice(0, ALL - NEARLY_ALL).map(whenClosed));
    expect(openOf(his)).toEqual(his.slice(ALL - NEARLY_ALL));
    expect(await ten()).toEqual(Array(10).fill(200));
    expect(await sendCode(HERS)).toBe(202);
    await gateway.clock.advance(60_000);
    expect(lines.at(-1)).toMatchObject({ tooManyFrom: {}, becauseAllAreTaken: 0 });
  });
});

describe('when the server is nearly full', () => {
  it('idle connections are kept for 5 seconds, before that and after it for 65', async () => {
    gateway = await startGateway();
    const timeoutOf = ([held]: Held[]) => /Keep-Alive: timeout=(\d+)/i.exec(held?.answer ?? '')?.[1];
    const before = await open(NEARLY_ALL - 2, ATTACKER, '');
    expect(timeoutOf(await open(1, HERS))).toBe('65');
    expect(timeoutOf(await open(1, HERS))).toBe('5');
    for (const { socket } of before) socket.destroy();
    await Promise.all(before.map(whenClosed));
    while (timeoutOf(await open(1, HERS)) !== '65') await new Promise(setImmediate);
  });

  it('connections that say nothing make room after two seconds, not before', async () => {
    const { lines, log } = logged();
    gateway = await startGateway({ log });
    const his = await open(ALL, ATTACKER, '');
    expect(await ask(HERS, '/healthz')).toBeNull();
    expect(openOf(his)).toHaveLength(ALL);
    expect(lines).toEqual([{ tooManyFrom: {}, becauseAllAreTaken: 1, idleOnesClosed: 0 }]);
    await gateway.clock.advance(2_000);
    expect(await ten()).toEqual(Array(10).fill(200));
    await Promise.all(his.slice(0, ALL - NEARLY_ALL).map(whenClosed));
    expect(openOf(his).length).toBeLessThanOrEqual(NEARLY_ALL);
  });

  it('a request in hand keeps its connection, however long it takes', async () => {
    gateway = await startGateway();
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    gateway.setIssue(async () => {
      await held;
      return { otp: '1234', jobId: 1, expiresAt: gateway.clock.now(), estimatedDeliverySeconds: 1 };
    });
    const hers = sendCode(HERS);
    while (gateway.requests.length === 0) await new Promise(setImmediate);
    await open(ALL + 100, ATTACKER);
    answer();
    expect(await hers).toBe(202);
  });
});

function whenClosed(held: Held): Promise<void> {
  return held.closed
    ? Promise.resolve()
    : new Promise((resolve) => held.socket.once('close', () => resolve()));
}
