import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { chai } from 'vitest';

/** What this runner knows of a collection, as Postman's format 2.1.0 has it. */
export interface Collection extends Group {
  info: { name: string; schema: string };
  variable: { key: string; value: string }[];
}
interface Group {
  name?: string;
  item: (Group | Item)[];
  event?: Event[];
}
interface Item {
  name: string;
  event?: Event[];
  request: PostmanRequest;
  protocolProfileBehavior?: { followRedirects?: boolean; disableCookies?: boolean };
}
interface Event {
  listen: 'prerequest' | 'test';
  script: { exec: string[] };
}
interface Pair {
  key: string;
  value: string;
}
interface PostmanRequest {
  method: string;
  url: string;
  header?: { key: string; value: string }[] | Record<string, string>;
  auth?: { type: 'bearer'; bearer: Pair[] } | { type: 'basic'; basic: Pair[] };
  body?: { mode: 'raw'; raw: string } | { mode: 'urlencoded'; urlencoded: Pair[] };
}

/** A request with all the scripts that run around it, outermost first. */
export interface Step {
  /** Folders and request, like `Cookie / User / Protected Route`. */
  path: string;
  item: Item;
  scripts: Event[];
}

export interface Reply {
  status: number;
  headers: Headers;
  /** Parsed JSON; null when it was none. */
  body: unknown;
  /** The tests in the request's scripts, by name. */
  tests: Record<string, 'passed' | Error>;
}

export function readCollection(file: string): Collection {
  return JSON.parse(readFileSync(file, 'utf8')) as Collection;
}

/** All requests in the order in which Postman runs them. */
export function stepsOf(group: Group, path: string[] = [], scripts: Event[] = []): Step[] {
  const inherited = [...scripts, ...(group.event ?? [])];
  return group.item.flatMap((item) =>
    'request' in item
      ? [
          {
            path: [...path, item.name].join(' / '),
            item,
            scripts: [...inherited, ...(item.event ?? [])],
          },
        ]
      : stepsOf(item, [...path, item.name ?? ''], inherited),
  );
}

/** Runs requests of a collection one after the other, with its variables and a cookie jar between them. */
export function createRunner(collection: Collection, given: Record<string, string>) {
  const variables = new Map(collection.variable.map(({ key, value }) => [key, value]));
  for (const [key, value] of Object.entries(given)) variables.set(key, value);
  const jar = new Map<string, string>();

  function filled(text: string): string {
    return text.replace(/\{\{([^{}]+)\}\}/g, (_, name: string) => {
      const value = variables.get(name);
      if (value === undefined) throw new Error(`The collection has no variable ${name}`);
      return value;
    });
  }

  function authorization(auth: NonNullable<PostmanRequest['auth']>): string {
    const textOf = (pairs: Pair[], name: string) =>
      filled(pairs.find(({ key }) => key === name)?.value ?? '');
    if (auth.type === 'bearer') return `Bearer ${textOf(auth.bearer, 'token')}`;
    const both = `${textOf(auth.basic, 'username')}:${textOf(auth.basic, 'password')}`;
    return `Basic ${Buffer.from(both).toString('base64')}`;
  }

  function formOf(pairs: Pair[]): URLSearchParams {
    return new URLSearchParams(Object.fromEntries(pairs.map(({ key, value }) => [key, filled(value)])));
  }

  async function send(request: PostmanRequest, behavior: Item['protocolProfileBehavior'] = {}) {
    const { header = [], auth, body } = request;
    const headers = new Headers();
    const pairs = Array.isArray(header)
      ? header.map(({ key, value }) => [key, value] as const)
      : Object.entries(header);
    for (const [key, value] of pairs) headers.set(key, filled(value));
    if (auth) headers.set('authorization', authorization(auth));
    if (!behavior.disableCookies && jar.size > 0) {
      headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    const response = await fetch(filled(request.url), {
      method: request.method,
      headers,
      redirect: behavior.followRedirects === false ? 'manual' : 'follow',
      ...(body && { body: body.mode === 'raw' ? filled(body.raw) : formOf(body.urlencoded) }),
    });
    for (const line of response.headers.getSetCookie()) keep(line);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  function keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const [, expires] = /; *expires=([^;]+)/i.exec(line) ?? [];
    if (expires !== undefined && Date.parse(expires) <= Date.now()) jar.delete(name);
    else jar.set(name, value);
  }

  const shared = {
    variables: { get: (name: string) => variables.get(name), replaceIn: filled },
    collectionVariables: { set: (name: string, value: string) => void variables.set(name, value) },
    cookies: { has: (name: string) => jar.has(name) },
    expect: chai.expect,
  };

  function runScripts({ scripts }: Step, listen: Event['listen'], pm: object): void {
    for (const { script } of scripts.filter((event) => event.listen === listen)) {
      runInNewContext(script.exec.join('\n'), { pm: { ...shared, ...pm } });
    }
  }

  return {
    variables,

    async run(step: Step): Promise<Reply> {
      const sent: Promise<unknown>[] = [];
      runScripts(step, 'prerequest', {
        sendRequest(request: PostmanRequest, done: () => void) {
          sent.push(send(request).then(() => done()));
        },
      });
      await Promise.all(sent);
      const { status, headers, text } = await send(step.item.request, step.item.protocolProfileBehavior);
      const isJson = headers.get('content-type')?.startsWith('application/json');
      const tests: Reply['tests'] = {};
      runScripts(step, 'test', {
        test(name: string, check: () => void) {
          try {
            check();
            tests[name] = 'passed';
          } catch (error) {
            tests[name] = error as Error;
          }
        },
        response: {
          code: status,
          json: () => JSON.parse(text) as unknown,
          to: { have: { status: (wanted: number) => chai.expect(status).to.equal(wanted) } },
        },
      });
      return { status, headers, body: isJson ? JSON.parse(text) : null, tests };
    },
  };
}
