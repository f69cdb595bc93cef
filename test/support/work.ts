import { AsyncLocalStorage } from 'node:async_hooks';
import { IncomingMessage, Server } from 'node:http';
import Sqlite from 'better-sqlite3';
import pg from 'pg';

/** What a request costs that its time can tell: statements of the database and whatever else is noted, in order. */
type Work = string[];

let measured: Work | null = null;
const current = new AsyncLocalStorage<Work>();

/**
 * The work that this process does in answering the requests of `act`, and nothing that goes on beside them. Counted
 * where the drivers are called, so it is the same on a busy machine.
 */
export async function workOf(act: () => Promise<unknown>): Promise<Work> {
  const work: Work = [];
  measured = work;
  try {
    await act();
  } finally {
    measured = null;
  }
  return work;
}

/** Adds to the work of the request that this follows from, if that is being counted. */
export function noteWork(step: string): void {
  current.getStore()?.push(step);
}

function wrap(owner: object, name: string, step: (self: object, first: unknown) => string): void {
  const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
  Reflect.set(owner, name, function wrapped(this: object, ...args: unknown[]) {
    noteWork(step(this, args[0]));
    return Reflect.apply(original, this, args);
  });
}

const memory = new Sqlite(':memory:');
const statementClass = Object.getPrototypeOf(memory.prepare('SELECT 1')) as object;
memory.close();
for (const name of ['all', 'run', 'get']) {
  wrap(statementClass, name, (statement) => String(Reflect.get(statement, 'source')));
}
wrap(pg.Client.prototype, 'query', (_client, query) =>
  String(typeof query === 'string' ? query : Reflect.get(Object(query), 'text')),
);

/** Whatever follows from a request belongs to it, also what its body sets going. */
const workOfRequest = new WeakMap<object, Work>();
const serverEmit = Server.prototype.emit;
Server.prototype.emit = function emitWithin(this: Server, name: string, ...args: unknown[]) {
  if (name === 'request' && measured) workOfRequest.set(Object(args[0]), measured);
  return within(args[0], () => Reflect.apply(serverEmit, this, [name, ...args]));
} as typeof serverEmit;
const requestEmit = IncomingMessage.prototype.emit;
IncomingMessage.prototype.emit = function emitWithin(this: IncomingMessage, ...args: [string, ...unknown[]]) {
  return within(this, () => requestEmit.apply(this, args));
} as typeof requestEmit;

function within<T>(request: unknown, run: () => T): T {
  const work = workOfRequest.get(Object(request));
  return work ? current.run(work, run) : run();
}
