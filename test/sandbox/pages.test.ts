import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SenderState } from '../../src/channels/sender.js';
import { STATE_WORDS } from '../../src/channels/sender-words.js';
import { logIn } from '../support/admin-client.js';
import { type Child, run } from '../support/child.js';
import { newFolder } from '../support/databases.js';
import { until } from '../support/until.js';

const MAIN = join(import.meta.dirname, '../../dist/src/sandbox/main.js');
const HANDSET = '+12025550177';
const WRITER = '+12025550188';

/** `npm run sandbox` without npm: the real process, with its temporary folder in a place of the test's own. */
function launch(env: Record<string, string> = {}) {
  const temporary = newFolder();
  const settings = { PORT: '0', TMPDIR: temporary, BAILEYS_INITIAL_RETRY_DELAY_MS: '100', ...env };
  const child = run(process.execPath, [MAIN], { cwd: newFolder(), env: settings });
  return { child, leftBehind: () => readdirSync(temporary) };
}

async function startSandbox() {
  const { child, leftBehind } = launch();
  const text = await until('the welcome', () => {
    if (!child.isRunning()) throw new Error(`The sandbox ended:\n${child.output()}`);
    return child.output().includes('Ctrl-C') && child.output();
  });
  const found = (pattern: RegExp) => pattern.exec(text)?.slice(1) ?? [];
  const [url = ''] = found(/Handsets\s+(\S+)\/sandbox\n/);
  const get = (path: string) => fetch(`${url}${path}`);
  const post = (path: string, body: object = {}) =>
    fetch(`${url}/sandbox${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const state = async () => (await (await get('/sandbox/state')).json()) as State;
  return {
    child,
    leftBehind,
    text,
    found,
    url,
    get,
    post,
    state,
    becomes: (wanted: SenderState) =>
      until(wanted, async () => (await state()).sender.state === wanted, 15_000),
    flip: async (id: string, on = true) => (await post(`/switches/${id}`, { on })).json(),
    async messages(to = HANDSET) {
      return (await (await get(`/sandbox/messages?to=${to}`)).json()) as Message[];
    },
    /** The page's own form; resolves with the code. */
    async sendCode(phoneNumber = HANDSET): Promise<string> {
      const answer = await post('/codes', { phoneNumber });
      expect(answer.status).toBe(202);
      return ((await answer.json()) as { otp: string }).otp;
    },
  };
}

interface State {
  sender: { number: string; state: SenderState; tone: string; canScan: boolean };
  switches: { id: string; label: string; on: boolean | null }[];
  handsets: { number: string; messages: { text: string }[] }[];
  mails: Mail[];
}
interface Mail {
  to: string;
  from: string;
  subject: string;
  text: string;
  at: number;
}
interface Message {
  to: string;
  from: string;
  text: string;
  at: unknown;
}

it('what it prints can be done: the request, the handset and the login of the dashboard', async () => {
  const { text, found, url, get } = await startSandbox();
  const [address = '', key = '', body = ''] = found(
    /curl -s (\S+) -H 'Content-Type: application\/json' \\\n\s+-H 'X-API-KEY: (\S+)' -d '(\{.*\})'/,
  );
  expect(address).toBe(`${url}/api/v1/otp/send`);
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body,
  });
  expect(answer.status).toBe(202);
  const { otp } = (await answer.json()) as { otp: string };

  const to = (JSON.parse(body) as { phoneNumber: string }).phoneNumber;
  const [reading = ''] = found(/curl -s '(\S+\/sandbox\/messages\?\S+)'/);
  expect(reading).toBe(`${url}/sandbox/messages?to=${to}`);
  const messages = await until('the message', async () => {
    const list = (await (await fetch(reading)).json()) as Message[];
    return list.length > 0 && list;
  });
  expect(messages).toEqual([
    { to, from: expect.stringMatching(/^\+\d+$/), text: expect.stringContaining(otp), at: expect.anything() },
  ]);
  expect(Math.abs(Date.now() - new Date(messages[0]?.at as string).getTime())).toBeLessThan(30_000);
  const encoded = await get(`/sandbox/messages?to=${encodeURIComponent(to)}`);
  expect(await encoded.json()).toEqual(messages);
  expect(await (await get('/sandbox/messages?to=%2B12025550199')).json()).toEqual([]);
  expect((await get('/sandbox/messages?to=nobody')).status).toBe(400);

  const [dashboard, username = '', password = ''] = found(
    /Dashboard\s+(\S+)\s+\(user (\S+), password (\S+)\)/,
  );
  expect(dashboard).toBe(`${url}/admin/status`);
  const admin = await logIn(url, username, password);
  expect(await admin.status()).toMatchObject({ state: 'READY', me: messages[0]?.from });
  expect(text).not.toMatch(/error|warn/i);
});

it('the page and all that it needs come from the process itself', async () => {
  const { url, get, post, found, state, sendCode, messages } = await startSandbox();
  const page = await get('/sandbox');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const html = await page.text();
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(parts.filter((path) => !path.startsWith('/'))).toEqual([]);
  const assets = parts.filter((path) => path.startsWith('/assets/'));
  expect(assets).toContain('/assets/sandbox/sandbox.js');
  const answers = await Promise.all(assets.map((path) => get(path)));
  expect(answers.map(({ status }) => status)).toEqual(assets.map(() => 200));

  const otp = await sendCode();
  await until('the message', async () => (await messages()).length === 1);
  const { handsets, switches } = await state();
  expect(handsets.find(({ number }) => number === HANDSET)?.messages[0]?.text).toContain(otp);
  expect(switches.map(({ id }) => id)).toEqual(expect.arrayContaining(['restricted', 'down', 'unlink']));

  // A person who writes first, as the page's form does it.
  const [key = ''] = found(/X-API-KEY: (\S+)'/);
  const started = await fetch(`${url}/api/v1/verifications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ to: WRITER, userFirst: 'only' }),
  });
  const { userFirst } = (await started.json()) as { userFirst: { text: string } };
  expect((await post(`/handsets/${encodeURIComponent(WRITER)}`, { write: userFirst.text })).status).toBe(200);
  await until('the answer', async () => (await messages(WRITER)).length === 1);
});

it('whoever signs up without a number finds the code in the mailbox, unless the mail server refuses', async () => {
  const { url, get, state, flip, found } = await startSandbox();
  const [key = ''] = found(/X-API-KEY: (\S+)'/);
  const signUp = async (email: string) => {
    const answer = await fetch(`${url}/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: 'correct horse', username: 'Asha' }),
    });
    expect(answer.status).toBe(201);
  };
  const mails = async (query = '') => (await (await get(`/sandbox/mails${query}`)).json()) as Mail[];

  await signUp('Asha+test@example.org');
  const [mail] = await until('the mail', async () => {
    const list = await mails('?to=Asha+test@example.org');
    return list.length > 0 && list;
  });
  expect(mail).toEqual({
    to: 'asha+test@example.org',
    from: 'no-reply@localhost',
    subject: 'Your verification code',
    text: expect.stringMatching(/^\D*\d{6}\D*10 min\D*$/),
    at: expect.any(Number),
  });
  expect(await mails('?to=asha%2Btest%40example.org')).toEqual([mail]);
  expect(await mails('?to=nobody@example.org')).toEqual([]);
  expect((await state()).mails).toEqual([mail]);

  expect(await flip('mail-refused')).toEqual({ id: 'mail-refused', on: true });
  await signUp('bert@example.org');
  await until('the refusal', async () => {
    const answer = await fetch(`${url}/api/v1/otp/2`, { headers: { 'x-api-key': key } });
    const { error } = (await answer.json()) as { error: { code: string } | null };
    return error?.code === 'rejected_by_mail_server';
  });
  await flip('mail-refused', false);
  await signUp('carl@example.org');
  await until('the next mail', async () => (await mails('?to=carl@example.org')).length === 1);
  expect((await mails()).map(({ to }) => to)).not.toContain('bert@example.org');
});

it('a number that was logged out on its phone is back after one scan', async () => {
  const { flip, becomes, state, post, sendCode, messages } = await startSandbox();
  expect((await post('/scan')).status).toBe(409);
  await flip('unlink');
  await becomes('QR_REQUIRED');
  await until('a QR to scan', async () => (await state()).sender.canScan);
  expect((await post('/codes', { phoneNumber: HANDSET })).status).toBe(503);

  expect(await (await post('/scan')).json()).toEqual({ result: 'linked' });
  await becomes('READY');
  const otp = await sendCode();
  await until('the message', async () => (await messages()).some(({ text }) => text.includes(otp)));
});

it('the switches make the faults that they name, and take them back', async () => {
  const { flip, becomes, state, post, sendCode, messages } = await startSandbox();
  await sendCode();
  await until('the first message', async () => (await messages()).length === 1);

  expect(await flip('down')).toEqual({ id: 'down', on: true });
  await becomes('DISCONNECTED');
  const { sender, switches } = await state();
  expect(sender.tone).toBe(STATE_WORDS.DISCONNECTED.tone);
  expect(switches.find(({ id }) => id === 'down')?.on).toBe(true);
  const otp = await sendCode();
  expect(await flip('down', false)).toEqual({ id: 'down', on: false });
  await becomes('READY');
  await until('the second message', async () => (await messages()).at(-1)?.text.includes(otp));

  await flip('restricted');
  await becomes('RESTRICTED');
  expect((await state()).sender.tone).toBe(STATE_WORDS.RESTRICTED.tone);
  const stranger = '+12025550188';
  expect((await post('/codes', { phoneNumber: stranger })).status).toBe(503);
  expect((await post('/codes', { phoneNumber: HANDSET })).status).toBe(503);
  await post(`/handsets/${HANDSET}`, { write: 'hello' });
  await until('the person is within reach', async () => {
    return (await post('/codes', { phoneNumber: HANDSET })).status === 202;
  });
  await until('the third message', async () => (await messages()).length === 3);
  await flip('restricted', false);
  await becomes('READY');
  await sendCode(stranger);
  await until('its message', async () => (await messages(stranger)).length === 1);

  expect((await post('/switches/unknown')).status).toBe(404);
});

it('the states that wait for a person end by what the dashboard offers', async () => {
  const { flip, becomes, url, found } = await startSandbox();
  const [username = '', password = ''] = found(/\(user (\S+), password (\S+)\)/);
  const admin = await logIn(url, username, password);
  await flip('conflict');
  await becomes('CONFLICT');
  await admin.post('/session/reload');
  await becomes('READY');
  await flip('banned');
  await becomes('BANNED');
  await flip('banned', false);
  await admin.post('/session/reload');
  await becomes('READY');
});

it('answers nobody who comes by another name, and obeys no form of another page', async () => {
  const { url, state, get } = await startSandbox();
  const unlink = { method: 'POST', path: '/sandbox/switches/unlink', body: '{"on":true}' };
  const json = { 'content-type': 'application/json' };
  expect(await ask(url, { path: '/sandbox/messages', headers: { host: 'evil.example' } })).toBe(404);
  expect(await ask(url, { path: '/sandbox', headers: { host: 'localhost.evil.example' } })).toBe(404);
  expect(await ask(url, { ...unlink, headers: { host: 'evil.example', ...json } })).toBe(404);
  expect(await ask(url, { ...unlink, headers: { 'content-type': 'text/plain' } })).toBe(404);
  expect(await ask(url, { ...unlink, headers: {} })).toBe(404);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(await ask(url, { ...unlink, path: '/SANDBOX/switches/unlink', headers: form })).toBe(404);
  expect((await state()).sender.state).toBe('READY');
  expect((await get('/sandbox')).headers.get('x-frame-options')).toBe('DENY');
});

it('does not start in production, and says why at once', async () => {
  const { child, leftBehind } = launch({ NODE_ENV: 'production' });
  expect((await child.exited).code).toBe(1);
  expect(child.output()).toMatch(/^NODE_ENV: the sandbox does not start in production.*\n$/);
  expect(leftBehind()).toEqual([]);
});

it('says in one line that its port is taken, and takes its folder away', async () => {
  const { url } = await startSandbox();
  const { child, leftBehind } = launch({ PORT: new URL(url).port });
  expect((await child.exited).code).toBe(1);
  expect(child.output()).toMatch(/^PORT: must be .*EADDRINUSE.*\n$/);
  expect(leftBehind()).toEqual([]);
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it and leaves nothing behind', async (signal) => {
  const { child, leftBehind, sendCode } = await startSandbox();
  await sendCode();
  expect(leftBehind()).toEqual([expect.stringMatching(/^otp-sandbox-/)]);
  expect((await ended(child, signal)).code).toBe(0);
  expect(leftBehind()).toEqual([]);
});

async function ended(child: Child, signal: NodeJS.Signals) {
  const late = setTimeout(() => void child.kill('SIGKILL'), 60_000);
  return child.kill(signal).finally(() => clearTimeout(late));
}

/** A request with exactly these headers; resolves with the status. */
function ask(
  url: string,
  {
    body = '',
    ...options
  }: { path: string; method?: string; headers: Record<string, string>; body?: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asking = request({ hostname, port, ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}
