import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { openBeside } from '../../database/beside.js';
import { createAuditLog } from '../../src/admin/audit/audit-log.js';
import { type App, openApp } from '../../src/app.js';
import { createHookStore } from '../../src/callers/hooks/hook-store.js';
import { systemClock } from '../../src/clock.js';
import { createHooks } from '../../src/hooks/hooks.js';
import { silentLog } from '../../src/log.js';
import { sandboxChannels } from '../../src/sandbox/channels.js';
import { createSmsProvider, type SmsProvider } from '../../src/sandbox/providers/sms-provider.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { createSealing } from '../../src/sealing.js';
import { createBrowser } from '../http/browser.js';
import { DATABASES, newFolder, newMigratedDatabase } from '../support/databases.js';
import { GATEWAY, newEnvironment } from '../support/product.js';
import { until } from '../support/until.js';

interface Shown {
  id: string;
  status: string;
  pageUrl: string;
  userFirst: { link: string; text: string } | null;
  attempts: { channel: string; status: string; error: { code: string } | null }[];
  lastProblem?: string;
}

const HOUR_MS = 3_600_000;
const ROUTE = ['whatsapp', 'sms'];
const CODE = /(?<!\d)\d{5,6}(?!\d)/;

/** The whole product with a paired number, handsets that write, and a provider of SMS. */
describe.each(DATABASES)('where WhatsApp does not let a code through, on %s', (kind) => {
  let provider: SmsProvider;
  let whatsapp: SimulatedWhatsApp;
  let app: App;
  let config: ReturnType<typeof loadConfig>;
  let url = '';
  let apiKey = '';

  beforeAll(async () => {
    [provider, whatsapp] = await Promise.all([createSmsProvider(), createSimulatedWhatsApp()]);
    const file = join(newFolder(), 'channels.json');
    writeFileSync(file, JSON.stringify(sandboxChannels(provider)));
    const settings = await newMigratedDatabase(kind);
    const environment = newEnvironment(whatsapp, {
      NODE_ENV: 'test',
      CHANNELS_FILE: file,
      ...(settings.kind === 'postgres' ? { DATABASE_URL: settings.url } : { DB_FILENAME: settings.filename }),
    });
    config = loadConfig({ environment, envFile: null });
    apiKey = config.apiKey;
    let qr: string | null = null;
    const onQr = (shown: string) => {
      qr = shown;
    };
    app = await openApp({ config, log: silentLog, onLockLost: () => {}, onQr });
    url = `http://127.0.0.1:${await app.listen()}`;
    await whatsapp.phone(GATEWAY).scan(await until('a QR', () => qr));
    await state('READY');
    whatsapp.phone(GATEWAY).restrict({ until: Date.now() + HOUR_MS });
    await state('RESTRICTED');
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), whatsapp.close()]);
  });

  /** As the command line makes it, beside the running server. */
  async function newHook() {
    const beside = await openBeside(config.database, false);
    const clock = systemClock;
    const { store } = beside;
    const sealer = createSealing(config.encryptionKey, null).sealer('hook');
    const rows = createHookStore({ store, clock, sealer, audit: createAuditLog({ store, clock }) });
    const hooks = createHooks({ rows, publicUrl: () => url });
    const made = await hooks.create({ preset: 'supabase', route: 'whatsapp' }, { actor: 'cli', address: '' });
    await beside.close();
    return made;
  }
  const state = (wanted: string) => until(wanted, () => app.sender.status().state === wanted);
  async function ask<T = Shown>(path: string, body?: object) {
    const answer = await fetch(`${url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  }
  const start = async (to: string, more: object = {}) => {
    const { status, body } = await ask('/api/v1/verifications', { to, route: ROUTE, ...more });
    expect(status).toBe(201);
    return body;
  };
  const find = async ({ id }: Shown) => (await ask(`/api/v1/verifications/${id}`)).body;
  const check = async ({ id }: Shown, code: string) =>
    (await ask<{ valid: boolean }>(`/api/v1/verifications/${id}/check`, { code })).body.valid;
  const write = (from: string, text: string) => whatsapp.handset(from).write(text, { to: GATEWAY });
  const chat = (phone: string) => whatsapp.messages(phone).map(({ text }) => text);
  const codeInChat = async (phone: string) =>
    CODE.exec(await until('a message in the chat', () => chat(phone).at(-1)))?.[0] ?? '';
  const codeInSms = async (phone: string) =>
    CODE.exec((await until('an SMS', () => provider.messages(phone).at(-1))).text)?.[0] ?? '';
  /** The person has written, and has been answered. */
  async function befriend(phone: string): Promise<void> {
    const started = await start(phone, { client: 'before', route: ['whatsapp'] });
    await write(phone, started.userFirst?.text ?? '');
    await codeInChat(phone);
  }
  const framesTo = (phone: string) => whatsapp.frames().filter(({ to }) => to === phone).length;

  it('a stranger gets it by SMS at once, with the link beside it; whoever has written, in the chat', async () => {
    const stranger = await start('+201001000001');
    expect(stranger.userFirst?.link).toContain(`https://wa.me/${GATEWAY.slice(1)}?text=`);
    expect(await check(stranger, await codeInSms('+201001000001'))).toBe(true);
    expect((await find(stranger)).attempts).toMatchObject([
      { channel: 'whatsapp', error: { code: 'sender_restricted' } },
      { channel: 'sms', error: null },
    ]);
    expect(framesTo('+201001000001')).toBe(0);

    await befriend('+201001000002');
    const friend = await start('+201001000002');
    expect(friend).toMatchObject({ userFirst: null, attempts: [{ channel: 'whatsapp' }] });
    await until('two codes', () => chat('+201001000002').length === 2);
  });

  it('a person who writes first gets it in the chat, and types it where it was asked for', async () => {
    const phone = '+201001000003';
    const started = await start(phone, { route: ['whatsapp'] });
    expect(started).toMatchObject({
      status: 'pending',
      attempts: [],
      userFirst: { text: expect.any(String) },
    });
    await write(phone, started.userFirst?.text ?? '');
    const code = await codeInChat(phone);
    expect((await find(started)).status).toBe('pending');
    expect(await check(started, code)).toBe(true);
  });

  it('a victim who is led to write, or to open the page, lets nobody else in', async () => {
    const phone = '+201001000004';
    const started = await start(phone, { route: ['whatsapp'], action: 'sign in' });
    const path = new URL(started.pageUrl).pathname;
    const [attacker, victim] = [createBrowser({ url }), createBrowser({ url })];
    expect((await attacker.get(path)).status).toBe(200);
    const elsewhere = await victim.get(path);
    expect(elsewhere.status).toBe(403);
    expect(await elsewhere.text()).not.toContain('wa.me');

    await write(phone, started.userFirst?.text ?? '');
    const code = await codeInChat(phone);
    expect((await find(started)).status).toBe('pending');
    const page = await (await attacker.get(path)).text();
    expect(page).not.toContain(code);
    expect(page).toContain('autocomplete="one-time-code"');
    await write(phone, 'NO');
    await until('the end', async () => (await find(started)).status === 'canceled');
    expect((await ask(`/api/v1/verifications/${started.id}/check`, { code })).status).toBe(404);
  });

  it('a text from another number approves nothing and gets no answer; it is seen that it came', async () => {
    const phone = '+201001000005';
    const started = await start(phone, { route: ['whatsapp'], proof: 'message' });
    await write('+201001000006', started.userFirst?.text ?? '');
    await until('the mismatch', async () => (await find(started)).lastProblem === 'sender_mismatch');
    expect((await find(started)).status).toBe('pending');
    expect(chat('+201001000006')).toEqual([]);
    await write(phone, started.userFirst?.text ?? '');
    await until('the approval', async () => (await find(started)).status === 'approved');
  });

  it('without a token the answer is tried once; the code is on the next channel', async () => {
    const phone = '+201001000007';
    whatsapp.tokens.given = false;
    const started = await start(phone);
    await write(phone, started.userFirst?.text ?? '');
    const replies = async () =>
      (await find(started)).attempts.filter(({ channel }) => channel === 'whatsapp');
    await until('the refusal', async () => (await replies()).at(-1)?.error?.code === 'reach_out_restricted');
    whatsapp.tokens.given = true;
    expect(await check(started, await codeInSms(phone))).toBe(true);
    expect(framesTo(phone)).toBe(1);
    expect(chat(phone)).toEqual([]);
  });

  it('the doors of signing in refuse, say how to write first, and take the code from the chat', async () => {
    const phone = '+201001000008';
    const browser = createBrowser({ url });
    const post = async (path: string, body: object) => {
      const answer = await browser.postJson(path, body);
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const refused = await post('/api/users/register', { phoneNumber: phone, name: 'Asha S' });
    expect(refused).toMatchObject({ status: 503, body: { userFirst: { text: expect.any(String) } } });
    await write(phone, (refused.body.userFirst as { text: string }).text);
    const verify = (otp: string) => post('/api/otp/verify', { phoneNumber: phone, otp, mode: 'register' });
    const code = await codeInChat(phone);
    expect((await verify(code === '00000' ? '11111' : '00000')).status).toBe(400);
    expect((await verify(code)).status).toBe(201);
  });

  it('a person whose auth server hands us codes writes first, and gets the next one in the chat', async () => {
    const phone = '+201001000010';
    const { hook, secret } = await newHook();
    const handOver = async (otp: string) => {
      const body = JSON.stringify({ metadata: { uuid: otp }, user: {}, sms: { otp, phone: phone.slice(1) } });
      const headers = {
        'webhook-id': otp,
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': new Webhook(secret).sign(otp, new Date(), body),
      };
      const answer = await fetch(`${url}/hooks/${hook.id}`, { method: 'POST', headers, body });
      return (await answer.json()) as { error?: { http_code: number; message: string } };
    };
    const { error } = await handOver('246801');
    expect(error?.http_code).toBe(503);
    const link = /https:\/\/wa\.me\/\S+/.exec(error?.message ?? '')?.[0] ?? '';
    await write(phone, new URL(link).searchParams.get('text') ?? '');
    await until('the next one is taken', async () => (await handOver('135792')).error === undefined);
    await until('the code', () => chat(phone).at(-1)?.includes('135792'));
    expect(chat(phone).join()).not.toContain('246801');
  });

  it('a chat that is kept off linked devices is left alone after three codes', async () => {
    const phone = '+201001000009';
    await befriend(phone);
    whatsapp.handset(phone).keepsToPhones = true;
    for (const client of ['1', '2', '3']) {
      const started = await start(phone, { client, route: ['whatsapp'] });
      await until('the ack', async () => (await find(started)).attempts[0]?.status === 'sent');
    }
    const later = await until('another way', async () => {
      const started = await start(phone, { client: String(Math.random()) });
      return started.attempts.some(({ channel }) => channel === 'sms') && started;
    });
    expect(later.attempts).toMatchObject([
      { channel: 'whatsapp', error: { code: 'recipient_silent' } },
      { channel: 'sms' },
    ]);
    expect(await check(later, await codeInSms(phone))).toBe(true);
  });
});
