import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY } from '../http/harness.js';
import { newFolder } from '../support/databases.js';
import { type Frameworks, openFrameworks, PHONE, snippetOf } from './frameworks.js';
import { blocksIn, readGuide } from './page.js';

let opened: Frameworks;
beforeAll(async () => {
  opened = await openFrameworks();
});
afterAll(() => opened.close());

describe('PocketBase', () => {
  interface Sent {
    url: string;
    method: string;
    headers: Record<string, string>;
    body: string;
  }

  /** Its $http is not asynchronous: what was to be sent is sent here, and the handler runs again with the answer. */
  async function run(phone: string, code: string, isAway = false) {
    let [sent, answer]: [Sent | null, object | null] = [null, null];
    const logged: unknown[][] = [];
    const handle = () => {
      let isMailed = false;
      const handlers: ((event: object) => void)[] = [];
      const $http = {
        send(request: Sent) {
          if (isAway) throw new Error('connection refused');
          sent = request;
          return answer ?? { statusCode: 202 };
        },
      };
      const $os = { getenv: (name: string) => process.env[name] };
      const $security = { hs256: (text: string, key: string) => `hs256(${text.length},${key.length})` };
      const shell = new Function(
        'onMailerRecordOTPSend',
        '$http',
        '$os',
        '$security',
        snippetOf('pocketbase'),
      );
      shell((handler: (event: object) => void) => handlers.push(handler), $http, $os, $security);
      handlers[0]?.({
        record: { getString: (name: string) => (name === 'phone' ? phone : '') },
        meta: { password: code },
        app: { logger: () => ({ warn: (...line: unknown[]) => logged.push(line) }) },
        next: () => {
          isMailed = true;
        },
      });
      return isMailed;
    };
    const before = handle();
    if (sent === null) return { isMailed: before, logged };
    const { url, ...request } = sent as Sent;
    const response = await fetch(url, request);
    answer = { statusCode: response.status, json: await response.json() };
    logged.splice(0);
    return { isMailed: handle(), logged };
  }

  it('hands a code over to who has a number, and leaves the rest to the mail', async () => {
    expect(await run(PHONE, '12345678')).toEqual({ isMailed: false, logged: [] });
    expect(opened.asked()).toMatchObject([
      { recipient: PHONE, wish: { otp: '12345678', ttlMs: 180_000 }, idempotencyKey: expect.any(String) },
    ]);
    expect(await run('', '12345678')).toEqual({ isMailed: true, logged: [] });
  });

  it('mails what is refused, and logs why without the code', async () => {
    const refused = await run('12', '12345678');
    expect(refused.isMailed).toBe(true);
    expect(JSON.stringify(refused.logged)).toContain('phone_number_invalid');
    const away = await run(PHONE, '12345678', true);
    expect(away.isMailed).toBe(true);
    expect(JSON.stringify([refused.logged, away.logged])).not.toContain('12345678');
  });
});

describe('n8n', () => {
  interface Node {
    parameters: {
      method: string;
      url: string;
      jsonBody: string;
      headerParameters?: { parameters: { name: string; value: string }[] };
    };
  }
  const [block = '{}'] = blocksIn(readGuide('n8n'), 'json');
  const { nodes } = JSON.parse(block) as { nodes: [Node, Node] };

  /** An expression of n8n, such as `={{ $json.phone }}`. */
  function evaluated(expression: string, $json: object): string {
    const [, code = ''] = /^=\{\{ (.+) \}\}$/.exec(expression) ?? [];
    return String(
      new Function('$json', '$execution', '$itemIndex', `return ${code}`)($json, { id: '77' }, 0),
    );
  }

  async function run({ parameters }: Node, item: object) {
    const headers = (parameters.headerParameters?.parameters ?? []).map(({ name, value }) => [
      name,
      evaluated(value, item),
    ]);
    const response = await fetch(parameters.url.replace('https://otp.example.com', opened.gateway.url), {
      method: parameters.method,
      headers: {
        'content-type': 'application/json',
        'x-api-key': API_KEY,
        ...Object.fromEntries(headers),
      },
      body: evaluated(parameters.jsonBody, item),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('starts a verification once and checks its code', async () => {
    const [start, check] = nodes;
    const phone = '+201001234588';
    const first = await run(start, { phone });
    expect(first.status).toBe(201);
    expect((await run(start, { phone })).body.id).toBe(first.body.id);
    const code = /\d{6}/.exec(await opened.world.messageTo(phone))?.[0] ?? '';
    const wrong = code === '111111' ? '222222' : '111111';
    expect(await run(check, { phone, code: wrong })).toMatchObject({ status: 200, body: { valid: false } });
    expect(await run(check, { phone, code })).toMatchObject({ status: 200, body: { valid: true } });
    expect((await run(check, { phone, code })).status).toBe(404);
    expect(opened.world.messagesTo(phone)).toHaveLength(1);
  });
});

const run = promisify(execFile);
const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
);

describe('django-allauth', () => {
  const [snippet = ''] = blocksIn(readGuide('django-allauth'), 'python');

  /** With stand-ins for allauth and Django; what it prints. */
  async function python(lines: string): Promise<string> {
    const folder = newFolder();
    mkdirSync(join(folder, 'allauth/account'), { recursive: true });
    mkdirSync(join(folder, 'django/core'), { recursive: true });
    writeFileSync(join(folder, 'allauth/account/adapter.py'), 'class DefaultAccountAdapter: pass\n');
    writeFileSync(join(folder, 'django/core/exceptions.py'), 'class ValidationError(Exception): pass\n');
    writeFileSync(join(folder, 'adapter.py'), snippet);
    const { stdout } = await run('python3', ['-c', `from adapter import *\n${lines}`], {
      cwd: folder,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    return stdout.trim();
  }
  const refused = (phone: string) =>
    `try:\n  send_code('${phone}', '123456')\nexcept ValidationError as e:\n  print(e)`;

  it.skipIf(!hasPython)('hands a code over, under one key however often, and says why not', async () => {
    const send = `AccountAdapter().send_verification_code_sms(None, '${PHONE}', '123456')`;
    await python(`${send}\n${send}`);
    const [first, second] = opened.asked();
    expect(first).toMatchObject({ recipient: PHONE, wish: { otp: '123456', ttlMs: 900_000 } });
    expect(first?.idempotencyKey).toMatch(/^[0-9a-f]{64}$/);
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
    expect(await python('print(AccountAdapter().generate_phone_verification_code())')).toMatch(/^\d{6}$/);
    expect(await python(refused('12'))).toBe('No code can be sent at the moment.');
    await opened.whileAway(async () => {
      expect(await python(refused(PHONE))).toBe('No code can be sent at the moment.');
    });
  });
});
