import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.js';
import { openWorld, type World } from '../hooks/world.js';
import { API_KEY, type Gateway } from '../http/harness.js';
import { newFolder } from '../support/databases.js';
import { blocksIn, GUIDES, readGuide } from './page.js';

const PHONE = '+201001234567';
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

let world: World;
let gateway: Gateway;
beforeAll(async () => {
  world = await openWorld('sqlite');
  gateway = world.gateway;
  process.env.OTP_URL = gateway.url;
  process.env.OTP_API_KEY = API_KEY;
});
afterAll(async () => {
  delete process.env.OTP_URL;
  delete process.env.OTP_API_KEY;
  await world.close();
});

function snippetOf(page: string): string {
  const [snippet = ''] = blocksIn(readGuide(page), 'js');
  expect(snippet).not.toBe('');
  return snippet;
}

/** The snippet of a page as a module of its own, read anew each time. */
async function imported(page: string, kind: 'mjs' | 'cjs' = 'mjs') {
  const file = join(newFolder(), `snippet.${kind}`);
  writeFileSync(file, snippetOf(page));
  const href = pathToFileURL(file).href;
  const read = await import(/* @vite-ignore */ href);
  return (kind === 'cjs' ? read.default : read) as Record<string, (...args: unknown[]) => Promise<unknown>>;
}

/** What the gateway was asked for since the last time. */
const asked = () => gateway.requests.splice(0);

async function whileRefused(run: () => Promise<void>): Promise<void> {
  const refusal = new AppError('sender_restricted', 'Service temporarily unavailable.', {
    retryAfterSeconds: 60,
  });
  gateway.setIssue(() => Promise.reject(refusal));
  await run();
  gateway.setIssue(async () => ({
    otp: '0042',
    jobId: 1,
    expiresAt: gateway.clock.now() + 300_000,
    estimatedDeliverySeconds: 1,
  }));
}

async function whileAway(run: () => Promise<void>): Promise<void> {
  process.env.OTP_URL = NOWHERE;
  await run();
  process.env.OTP_URL = gateway.url;
}

describe('Better Auth', () => {
  it('starts a verification and checks its code', async () => {
    const { sendOTP, verifyOTP } = await imported('better-auth');
    await sendOTP?.({ phoneNumber: PHONE, code: '000000' });
    const code = /\d{6}/.exec(await world.messageTo(PHONE))?.[0] ?? '';
    const wrong = code === '111111' ? '222222' : '111111';
    expect(await verifyOTP?.({ phoneNumber: PHONE, code: wrong })).toBe(false);
    expect(await verifyOTP?.({ phoneNumber: PHONE, code })).toBe(true);
    expect(await verifyOTP?.({ phoneNumber: PHONE, code })).toBe(false);
  });

  it('tells why no code was sent', async () => {
    const { sendOTP } = await imported('better-auth');
    await expect(sendOTP?.({ phoneNumber: '12' })).rejects.toMatchObject({
      status: 400,
      code: 'fields_invalid',
    });
    await whileAway(async () => {
      const { sendOTP: send } = await imported('better-auth');
      await expect(send?.({ phoneNumber: PHONE })).rejects.toThrow('cannot be reached');
    });
  });
});

describe('Auth0', () => {
  async function run(notification: Record<string, string>, url = gateway.url) {
    const told: string[] = [];
    const { onExecuteCustomPhoneProvider } = await imported('auth0', 'cjs');
    const api = {
      notification: {
        retry: (reason: string) => told.push(`retry: ${reason}`),
        drop: (reason: string) => told.push(`drop: ${reason}`),
      },
    };
    await onExecuteCustomPhoneProvider?.(
      { notification, secrets: { OTP_URL: url, OTP_API_KEY: API_KEY } },
      api,
    );
    return told;
  }
  const NOTIFICATION = { recipient: PHONE, code: '482910', locale: 'ar', message_type: 'otp_verify' };

  it('hands a code over, under one key however often', async () => {
    expect(await run(NOTIFICATION)).toEqual([]);
    expect(await run(NOTIFICATION)).toEqual([]);
    const [first, second] = asked();
    expect(first).toMatchObject({
      recipient: PHONE,
      wish: { otp: '482910', ttlMs: 300_000, locale: 'ar' },
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
  });

  it('asks for another attempt where that can help, and drops the rest', async () => {
    expect(await run({ recipient: PHONE, message_type: 'blocked_account' })).toEqual([
      expect.stringMatching(/^drop: /),
    ]);
    expect(await run({ ...NOTIFICATION, recipient: '12' })).toEqual([
      'drop: The code server answered 400 phone_number_invalid',
    ]);
    expect(await run(NOTIFICATION, NOWHERE)).toEqual(['retry: The code server cannot be reached.']);
    await whileRefused(async () => {
      expect(await run(NOTIFICATION)).toEqual(['retry: The code server answered 503 sender_restricted']);
    });
    asked();
  });
});

describe('SuperTokens', () => {
  const INPUT = { phoneNumber: PHONE, userInputCode: '739201', codeLifetime: 900_000 };

  it('hands a code over, under one key however often', async () => {
    const { sendSms } = await imported('supertokens');
    await sendSms?.(INPUT);
    await sendSms?.(INPUT);
    const [first, second] = asked();
    expect(first).toMatchObject({ recipient: PHONE, wish: { otp: '739201', ttlMs: 900_000 } });
    expect(first?.idempotencyKey).toMatch(/^[0-9a-f]{64}$/);
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
  });

  it('throws why no code was sent', async () => {
    const { sendSms } = await imported('supertokens');
    await expect(sendSms?.({ ...INPUT, userInputCode: undefined })).rejects.toThrow('Only codes');
    await whileRefused(async () => {
      await expect(sendSms?.(INPUT)).rejects.toMatchObject({
        status: 503,
        code: 'sender_restricted',
        retryAfterSeconds: 60,
      });
    });
    await whileAway(async () => {
      const { sendSms: send } = await imported('supertokens');
      await expect(send?.(INPUT)).rejects.toThrow('cannot be reached');
    });
    asked();
  });
});

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
    expect(asked()).toMatchObject([
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
    const response = await fetch(parameters.url.replace('https://otp.example.com', gateway.url), {
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
    const code = /\d{6}/.exec(await world.messageTo(phone))?.[0] ?? '';
    const wrong = code === '111111' ? '222222' : '111111';
    expect(await run(check, { phone, code: wrong })).toMatchObject({ status: 200, body: { valid: false } });
    expect(await run(check, { phone, code })).toMatchObject({ status: 200, body: { valid: true } });
    expect((await run(check, { phone, code })).status).toBe(404);
    expect(world.messagesTo(phone)).toHaveLength(1);
  });
});

describe('what is not run', () => {
  const run = promisify(execFile);
  const parsed = (command: string, args: string[]) =>
    run(command, args).then(
      () => 'parsed',
      (error: { code?: unknown; stderr?: string }) =>
        error.code === 'ENOENT' || error.code === 127 ? 'nobody can' : error.stderr,
    );

  it('is at least parsed where somebody can', async () => {
    const folder = newFolder();
    for (const [page, language, command, args] of [
      ['django-allauth', 'python', 'python3', ['-c', 'import ast,sys; ast.parse(open(sys.argv[1]).read())']],
      ['laravel', 'php', 'php', ['-l']],
      ['rails', 'ruby', 'ruby', ['-c']],
    ] as const) {
      const blocks = blocksIn(readGuide(page), language);
      expect(blocks.length).toBeGreaterThan(0);
      for (const text of blocks.filter((each) => language !== 'php' || each.startsWith('<?php'))) {
        const file = join(folder, `snippet.${language}`);
        writeFileSync(file, text);
        expect(['parsed', 'nobody can']).toContain(await parsed(command, [...args, file]));
      }
      expect(readGuide(page)).toMatch(/neither was the snippet/);
    }
  });
});

it('every page is in the index, and says what was tried', () => {
  const pages = readdirSync(GUIDES).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const index = readGuide('README');
  expect(pages).toHaveLength(17);
  for (const name of pages) {
    expect(index).toContain(`](${name})`);
    const text = readGuide(name.replace(/\.md$/, ''));
    expect([name, text]).toEqual([name, expect.stringMatching(/^## What was tried$/m)]);
    expect([name, text]).toEqual([name, expect.stringMatching(/^## What you need$/m)]);
    for (const [, link = ''] of text.matchAll(/\]\(([\w-]+\.\w+)\)/g)) {
      expect(readdirSync(GUIDES)).toContain(link);
    }
  }
});
