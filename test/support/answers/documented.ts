import { STATUS_CODES } from 'node:http';
import type { Operation, Surface } from '../../../src/openapi/operation.js';
import type { RecordedAnswer } from './recording.js';

/** An answer that the document has. */
export interface Seen {
  surface: string;
  operation: string;
  status: number;
  /** Null: the answer has none. */
  code: string | null;
}

export type Judged =
  | { kind: 'documented'; seen: Seen }
  /** Of no documented address. */
  | { kind: 'elsewhere' }
  | { kind: 'mistake'; why: string };

/** @returns what the document says of an answer. */
export function createJudge(surfaces: readonly Surface[]) {
  const paths = pathsOf(surfaces);

  return ({ method, path, status, type, text }: RecordedAnswer): Judged => {
    const found = paths.find(({ pattern }) => pattern.test(path.replace(/(?<=.)\/$/, '')));
    if (!found || method === 'OPTIONS' || method === 'HEAD') return { kind: 'elsewhere' };
    const what = `${method} ${found.path} answered ${status} ${STATUS_CODES[status] ?? ''}`;
    const mistake = (why: string): Judged => ({
      kind: 'mistake',
      why: `${what}: ${why}\n${text.slice(0, 400)}`,
    });
    const known = found.operations.get(method.toLowerCase());
    if (!known) return status >= 400 ? { kind: 'elsewhere' } : mistake('this method is not documented');
    const { surface, operation } = known;
    const answer = answerOf(operation, status);
    if (!answer) return mistake('this status is not documented');
    const seen = (code: string | null): Judged => ({
      kind: 'documented',
      seen: { surface, operation: operation.id, status, code },
    });
    if ('mayBeText' in answer && answer.mayBeText && type === 'text/plain') return seen(null);
    const isRight = status >= 300 && status < 400 ? true : type === (answer.type ?? 'application/json');
    if (answer.schema !== null && !isRight) return mistake(`it is ${type}`);
    const body = type === 'application/json' ? (JSON.parse(text) as unknown) : text;
    if (answer.schema === null) {
      if (status < 300 && text !== '') return mistake('it has a body');
    } else {
      const parsed = answer.schema.safeParse(body);
      if (!parsed.success) return mistake(parsed.error.message);
    }
    return seen(codeOf(body, status));
  };
}

function answerOf({ answers, failures }: Operation, status: number) {
  return answers[status] ?? failures.find((failure) => failure.status === status);
}

function codeOf(body: unknown, status: number): string | null {
  if (status < 400 || typeof body !== 'object' || body === null || !('code' in body)) return null;
  return String(body.code);
}

/** Addresses without parameters first, as the routes have them. */
function pathsOf(surfaces: readonly Surface[]) {
  const paths = new Map<string, Map<string, { surface: string; operation: Operation }>>();
  for (const { name, operations } of surfaces) {
    for (const operation of operations) {
      const methods = paths.get(operation.path) ?? new Map();
      methods.set(operation.method, { surface: name, operation });
      paths.set(operation.path, methods);
    }
  }
  return [...paths]
    .map(([path, operations]) => ({
      path,
      operations,
      pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }))
    .sort((one, other) => count(one.path) - count(other.path));
}

const count = (path: string) => path.split('{').length;
